namespace Moldau.Cli.Commands.Groups;

/// <summary>The command that a person is advised to give, as it can be pasted into a shell.</summary>
internal static class ResetCommand
{
    private const string Plain = "-_.:,/@%+=";

    public static string ToEarliest(string group, string topic, IEnumerable<int> partitions) =>
        $"`moldau group reset {Quoted(group)} --topic {topic}:{PartitionText.Of(partitions)} --to-earliest`";

    /// <summary>A group's name may hold whatever a shell acts on.</summary>
    private static string Quoted(string name) =>
        name.All(c => char.IsAsciiLetterOrDigit(c) || Plain.Contains(c, StringComparison.Ordinal))
            ? name
            : $"'{name.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
