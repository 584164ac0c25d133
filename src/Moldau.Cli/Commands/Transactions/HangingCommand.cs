using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Transactions;

/// <summary>The commands about hanging transactions that a person is advised to give, as they can be pasted into a shell.</summary>
internal static class HangingCommand
{
    public static string Abort(OpenTransaction open) =>
        $"moldau transaction abort {AdvisedCommand.Option("--topic", open.Partition.Topic)} --partition {open.Partition.Partition.Value} --start-offset {open.StartOffset}";

    /// <summary>Whatever their age.</summary>
    public static string Find(string topic, IEnumerable<int> partitions) =>
        $"moldau transaction find-hanging {AdvisedCommand.Option("--topic", $"{topic}:{PartitionText.Of(partitions)}")} --older-than PT0S";
}
