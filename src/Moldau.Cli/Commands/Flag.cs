using System.CommandLine;

namespace Moldau.Cli.Commands;

/// <summary>An option that is given or not, and takes no value.</summary>
internal static class Flag
{
    public static Option<bool> Create(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.Zero };
}
