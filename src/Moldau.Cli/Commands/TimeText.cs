namespace Moldau.Cli.Commands;

/// <summary>Times as people want to know them.</summary>
internal static class TimeText
{
    /// <summary>As long ago as it is, and when that was.</summary>
    public static string Since(DateTimeOffset time, DateTimeOffset now) => $"{Passed(now - time)} ago, at {Of(time)}";

    public static string Of(DateTimeOffset time) => $"{time.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z";

    /// <summary>In the largest unit of which there are at least two.</summary>
    public static string Passed(TimeSpan passed) => passed switch
    {
        { TotalDays: >= 2 } => $"{(long)passed.TotalDays} days",
        { TotalHours: >= 2 } => $"{(long)passed.TotalHours} hours",
        { TotalMinutes: >= 2 } => $"{(long)passed.TotalMinutes} minutes",
        _ => Counted.Of(Math.Max((long)passed.TotalSeconds, 0), "second"),
    };
}
