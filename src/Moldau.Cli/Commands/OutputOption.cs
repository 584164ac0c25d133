using System.CommandLine;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands;

/// <summary>-o json.</summary>
internal static class OutputOption
{
    public static Option<string> Create(string what)
    {
        var option = new Option<string>("--output", "-o")
        {
            Description = $"text or json: {what}",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => "text",
        };
        option.AcceptOnlyFromAmong("text", "json");
        return option;
    }

    public static OutputFormat Read(ParseResult parsed, Option<string> option) =>
        parsed.GetValue(option) == "json" ? OutputFormat.Json : OutputFormat.Text;
}
