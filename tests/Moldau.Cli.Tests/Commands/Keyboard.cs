namespace Moldau.Cli.Tests.Commands;

/// <summary>Gives what was typed, and then waits for more that never comes, or breaks.</summary>
internal sealed class Keyboard(string typed) : MemoryStream(System.Text.Encoding.UTF8.GetBytes(typed))
{
    private readonly ManualResetEventSlim _gone = new();

    public bool Breaks { get; init; }

    /// <summary>Called when it is waited for.</summary>
    public Action Waits { get; init; } = () => { };

    public override int Read(byte[] buffer, int offset, int count)
    {
        int read = base.Read(buffer, offset, count);
        if (read == 0 && Breaks)
        {
            throw new IOException("Is a directory");
        }

        if (read == 0)
        {
            Waits();
            _gone.Wait();
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        // Its reader is on a thread of its own: it is let go, and finds the end.
        _gone.Set();
        base.Dispose(disposing);
    }
}
