using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands.Groups;

/// <summary>Whoever begins anew with a streams application hears of what is left: with its own topics its state is that of before.</summary>
internal static class InternalTopicsNote
{
    public static void Write(Screen screen, GroupView? group)
    {
        string[] left = group is StreamsGroupView streams ? [.. streams.InternalTopics.Except(streams.MissingInternals)] : [];
        if (left.Length > 0)
        {
            screen.Note($"The application's own topics are still there, with its state: {string.Join(", ", left).EscapeMarkup()}. `moldau topic delete` deletes them.");
        }
    }
}
