using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands;

/// <summary>What every command works with.</summary>
internal sealed record Surroundings(Screen Screen, Input Input, CancellationToken Stop)
{
    /// <summary>After Ctrl-C: what had been typed without Enter, and the ^C behind it, stays a line of its own.</summary>
    public void EndTypedLine()
    {
        if (Input.IsFromPerson && Stop.IsCancellationRequested)
        {
            Screen.Note("");
        }
    }
}
