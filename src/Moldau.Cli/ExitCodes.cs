namespace Moldau.Cli;

/// <summary>What the process answers to its caller.</summary>
internal static class ExitCodes
{
    /// <summary>Everything was done; also after Ctrl-C, when all that was under way has been finished.</summary>
    public const int Done = 0;

    /// <summary>The command failed, or a message was lost; standard error says why.</summary>
    public const int Failed = 1;

    /// <summary>The command line was wrong; nothing was done.</summary>
    public const int WrongUsage = 2;

    /// <summary>A second Ctrl-C: stopped at once, without waiting for what was under way.</summary>
    public const int Abandoned = 130;
}
