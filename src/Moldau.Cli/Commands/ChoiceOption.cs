using System.CommandLine;

namespace Moldau.Cli.Commands;

/// <summary>An option, which may be repeated, whose values are some of a few names. Capitals count as their small letters.</summary>
internal static class ChoiceOption
{
    public static Option<string[]> Create(string name, string what, IReadOnlyList<string> names, string description)
    {
        string all = string.Join(", ", names);
        var option = new Option<string[]>(name) { Description = $"{description} {all}.", HelpName = what };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !names.Contains(token.Value, StringComparer.OrdinalIgnoreCase)))
            {
                result.AddError($"{name} takes one of {all}; not '{token.Value}'.");
            }
        });
        option.CompletionSources.Add([.. names]);
        return option;
    }
}
