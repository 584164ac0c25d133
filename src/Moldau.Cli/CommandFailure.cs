namespace Moldau.Cli;

/// <summary>A command cannot go on: what happened, and what the person at the keyboard can do about it.</summary>
/// <param name="happened">A line each.</param>
/// <param name="remedy">Empty where there is none.</param>
internal class CommandFailure(IReadOnlyList<string> happened, string remedy) : Exception(string.Join('\n', happened))
{
    public CommandFailure(string happened, string remedy)
        : this([happened], remedy)
    {
    }

    public IReadOnlyList<string> Lines { get; } = happened;

    public string Remedy { get; } = remedy;

    public virtual int ExitCode => ExitCodes.Failed;
}

/// <summary>What the command line says, or the environment and standard input in its place, cannot be meant; nothing was done.</summary>
internal sealed class UsageFailure(string happened, string remedy) : CommandFailure(happened, remedy)
{
    public override int ExitCode => ExitCodes.WrongUsage;
}

/// <summary>Ctrl-C came before the command had done what it was asked to; says what is known of that.</summary>
internal sealed class GivenUp(string happened, string remedy = "") : CommandFailure(happened, remedy)
{
    public override int ExitCode => ExitCodes.Abandoned;
}
