using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands;

/// <summary>What every command works with.</summary>
internal sealed record Surroundings(Screen Screen, Input Input, CancellationToken Stop)
{
    /// <summary>A second Ctrl-C: the process ends as soon as those who have a last word have said it.</summary>
    public CancellationToken Abandoned { get; init; }

    /// <summary>Nobody reads the output any more. Taken by commands that may wait long before they write again.</summary>
    public Func<CancellationToken> ReaderGone { get; init; } = () => CancellationToken.None;

    /// <summary>What was typed without Enter before Ctrl-D or Ctrl-C, and the ^C behind it, stays a line of its own.</summary>
    public void EndTypedLine()
    {
        if (Input.IsFromPerson && (Stop.IsCancellationRequested || Input.IsWithinLine))
        {
            Screen.Note("");
        }
    }
}
