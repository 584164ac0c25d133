using System.CommandLine;
using System.Xml;

namespace Moldau.Cli.Commands;

/// <summary>An option whose value is a length of time, as ISO 8601 writes it.</summary>
internal static class DurationOption
{
    private static readonly TimeSpan Most = TimeSpan.FromDays(100_000);

    public static Option<string?> Create(string name, string description)
    {
        var option = TextOption.Create(name, "DURATION", description);
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => Parse(token.Value) is null))
            {
                result.AddError($"{name} takes an ISO 8601 duration, as PT30M, PT6H or P7D; not '{token.Value}'.");
            }
        });
        return option;
    }

    /// <summary>Null where it is not given.</summary>
    public static TimeSpan? Read(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is { } text ? Parse(text) : null;

    private static TimeSpan? Parse(string text)
    {
        try
        {
            return XmlConvert.ToTimeSpan(text) is var duration && duration >= TimeSpan.Zero && duration < Most ? duration : null;
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return null;
        }
    }
}
