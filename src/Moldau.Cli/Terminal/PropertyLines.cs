using Spectre.Console;

namespace Moldau.Cli.Terminal;

/// <summary>What there is to know of one thing, each with its name before it.</summary>
internal static class PropertyLines
{
    public static void Write(Screen screen, IReadOnlyCollection<(string Name, string Value)> properties)
    {
        int width = properties.Select(property => property.Name.Length).DefaultIfEmpty().Max() + 1;
        foreach (var (name, value) in properties)
        {
            screen.Data($"{name}\t{SafeText.Named(value)}", $"[grey]{name.PadRight(width).EscapeMarkup()}[/]{SafeText.Named(value).EscapeMarkup()}");
        }
    }
}
