using System.CommandLine;
using System.Xml;

namespace Moldau.Cli.Commands;

/// <summary>An option whose value is a length of time, as ISO 8601 writes it.</summary>
internal static class DurationOption
{
    private const int DaysMax = 100_000;

    public static Option<string?> Create(string name, string description)
    {
        var option = TextOption.Create(name, "DURATION", description);
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                switch (Parse(token.Value))
                {
                    case null:
                        result.AddError($"{name} takes an ISO 8601 duration, as PT30M, PT6H or P7D; not '{token.Value}'.");
                        break;
                    case { TotalDays: > DaysMax }:
                        result.AddError($"{name} takes a duration of at most {DaysMax} days; not '{token.Value}'.");
                        break;
                }
            }
        });
        return option;
    }

    /// <summary>Null where it is not given.</summary>
    public static TimeSpan? Read(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is { } text ? Parse(text) : null;

    /// <summary>Null if it is none.</summary>
    private static TimeSpan? Parse(string text)
    {
        try
        {
            return XmlConvert.ToTimeSpan(text) is var duration && duration >= TimeSpan.Zero ? duration : null;
        }
        catch (FormatException)
        {
            return null;
        }
        catch (OverflowException)
        {
            return TimeSpan.MaxValue;
        }
    }
}
