namespace Moldau.Cli.Clients;

/// <summary>What Kafka takes as the name of a topic. It is looked at before a broker is asked, so that a slip is told as one.</summary>
internal static class TopicName
{
    private const int LengthMax = 249;

    public static bool IsLegal(string name) =>
        name is { Length: > 0 and <= LengthMax } and not ("." or "..") && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    /// <summary>What is wrong with it, and what would be right.</summary>
    public static string Refusal(string name) =>
        $"'{name}' is no name for a topic: one has 1 to {LengthMax} letters (a-z, A-Z), digits, dots, underscores and hyphens, and is not '.' or '..'.";
}
