using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands;

/// <summary>What every command works with.</summary>
internal sealed record Surroundings(Screen Screen, Input Input, CancellationToken Stop)
{
    /// <summary>A second Ctrl-C: the process ends as soon as those who have a last word have said it.</summary>
    public CancellationToken Abandoned { get; init; }

    /// <summary>Nobody reads the output any more. Taken by commands that may wait long before they write again.</summary>
    public Func<CancellationToken> ReaderGone { get; init; } = () => CancellationToken.None;

    /// <summary>For a command that runs until it is stopped: Ctrl-C is a good end of it, however far it has come.</summary>
    public async Task<int> UntilStoppedAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (OperationCanceledException) when (Stop.IsCancellationRequested)
        {
            return ExitCodes.Done;
        }
    }

    /// <summary>The next line of the input as a password, for the option that asks for it.</summary>
    /// <exception cref="UsageFailure">There is none, or an empty one.</exception>
    public async Task<string> ReadPasswordAsync(string option, string whose)
    {
        if (Input.IsFromPerson)
        {
            Screen.Note($"Type {whose.EscapeMarkup()}, and Enter. It is not shown.");
        }

        // Ctrl-C does not break a read off: the thread that waits for the line is left behind.
        string password = await Task.Factory
            .StartNew(Input.ReadPassword, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .WaitAsync(Stop);
        return password.Length > 0
            ? password
            : throw new UsageFailure($"{option} found no password on standard input.", $"{option} takes a line of it, which must not be empty.");
    }

    /// <summary>What was typed without Enter before Ctrl-D or Ctrl-C, and the ^C behind it, stays a line of its own.</summary>
    public void EndTypedLine()
    {
        if (Input.IsFromPerson && (Stop.IsCancellationRequested || Input.IsWithinLine))
        {
            Screen.Note("");
        }
    }
}
