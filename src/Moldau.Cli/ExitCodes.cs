namespace Moldau.Cli;

/// <summary>What the process answers to its caller.</summary>
internal static class ExitCodes
{
    /// <summary>Everything was done; also after Ctrl-C, where that is how a command ends and all that was under way has been finished.</summary>
    public const int Done = 0;

    /// <summary>The command failed, or a message was lost; standard error says why.</summary>
    public const int Failed = 1;

    /// <summary>The command line was wrong; nothing was done.</summary>
    public const int WrongUsage = 2;

    /// <summary>Ctrl-C before the command had done what it was asked to, or a second one, which does not wait for what is under way.</summary>
    public const int Abandoned = 130;
}
