namespace Moldau.Cli;

/// <summary>How many there are of something, in words that agree with the number.</summary>
internal static class Counted
{
    public static string Of(long count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    /// <summary>1 record is, 2 records are.</summary>
    public static string Are(long count, string what) => $"{Of(count, what)} {(count == 1 ? "is" : "are")}";

    /// <summary>it, or them.</summary>
    public static string Them(long count) => count == 1 ? "it" : "them";
}
