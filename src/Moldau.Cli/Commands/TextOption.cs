using System.CommandLine;

namespace Moldau.Cli.Commands;

/// <summary>An option whose value is a text. An empty one is a slip, as of a variable that a shell did not know.</summary>
internal static class TextOption
{
    public static Option<string?> Create(string name, string what, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = what };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
            {
                result.AddError($"{name} takes {what}, which must not be empty.");
            }

            if (result.Tokens.Any(token => NameRule.IsTooLong(token.Value)))
            {
                result.AddError($"{name} takes {what} of {NameRule.Limit}.");
            }
        });
        return option;
    }
}
