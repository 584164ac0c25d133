using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Moldau.Cli.Commands;

/// <summary>An option whose value is a whole number; what is none, or out of its range, is refused with the option's name and the range.</summary>
internal static class NumberOption
{
    public static Option<T?> Create<T>(string name, T least, T most, string description)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => new(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result => Parse(name, result, least, most),
        };

    private static T? Parse<T>(string name, ArgumentResult result, T least, T most)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
    {
        // Several are the parser's to refuse.
        string text = result.Tokens.Count == 0 ? "" : result.Tokens[^1].Value;
        if (T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        string range = most == T.MaxValue ? $"{least} or more" : $"from {least} to {most}";
        result.AddError($"{name} takes a whole number, {range}; not '{text}'.");
        return null;
    }
}
