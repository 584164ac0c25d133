namespace Moldau.Cli.Commands.Groups;

/// <summary>The command that a person is advised to give, as it can be pasted into a shell.</summary>
internal static class ResetCommand
{
    public static string ToEarliest(string group, string topic, IEnumerable<int> partitions) =>
        $"`{AdvisedCommand.Of("group reset", group, AdvisedCommand.Option("--topic", $"{topic}:{PartitionText.Of(partitions)}"), "--to-earliest")}`";
}
