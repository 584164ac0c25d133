using System.CommandLine;
using System.CommandLine.Parsing;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands;

/// <summary>-o json.</summary>
internal static class OutputOption
{
    private const string Name = "--output";
    private const string Text = "text";
    private const string Json = "json";

    public static Option<string> Create(string what)
    {
        var option = new Option<string>(Name, "-o")
        {
            Description = $"text or json: {what}",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => Text,
        };
        option.Validators.Add(Validate);
        option.CompletionSources.Add(Text, Json);
        return option;
    }

    public static OutputFormat Read(ParseResult parsed, Option<string> option) =>
        parsed.GetValue(option) == Json ? OutputFormat.Json : OutputFormat.Text;

    private static void Validate(OptionResult result)
    {
        foreach (var token in result.Tokens.Where(token => token.Value is not (Text or Json)))
        {
            result.AddError($"{Name} takes {Text} or {Json}; not '{token.Value}'.");
        }
    }
}
