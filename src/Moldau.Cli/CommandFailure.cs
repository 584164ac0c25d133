namespace Moldau.Cli;

/// <summary>A command cannot go on: what happened, and what the person at the keyboard can do about it.</summary>
internal sealed class CommandFailure(string happened, string remedy) : Exception(happened)
{
    public string Remedy { get; } = remedy;
}
