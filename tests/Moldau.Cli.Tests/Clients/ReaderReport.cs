using Moldau.Cli.Analyses;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Tests.Clients;

/// <summary>Keeps what a reader tells.</summary>
internal sealed class ReaderReport : IReaderReport
{
    private readonly TaskCompletionSource<string> _part = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasBroken;

    public List<string> Shown { get; } = [];

    /// <summary>The output breaks at this message.</summary>
    public int BreaksAt { get; init; } = int.MaxValue;

    /// <summary>The first flush of something fails, and the ones after it have nothing left to write.</summary>
    public bool BreaksAtFlush { get; init; }

    public Task<string> NoteOfPart => _part.Task;

    public Task<string> NoteOfAll => _all.Task;

    /// <summary>What the reader is stopped at.</summary>
    public string? Last { get; init; }

    public CancellationTokenSource? Stop { get; init; }

    public void Found(in Message message, Finding finding)
    {
        Shown.Add(finding switch
        {
            _ when Shown.Count == BreaksAt => throw new IOException("nobody reads"),
            Finding.Mean mean => $"mean {mean.Value:R}",
            _ => message.Text,
        });
        if (Shown[^1] == Last)
        {
            Stop?.Cancel();
        }
    }

    public void Note(string text)
    {
        if (text.Contains("has another member", StringComparison.Ordinal))
        {
            _part.TrySetResult(text);
        }
        else if (text.Contains("no other member", StringComparison.Ordinal))
        {
            _all.TrySetResult(text);
        }
    }

    public void Flush()
    {
        if (BreaksAtFlush && Shown.Count > 0 && !_hasBroken)
        {
            _hasBroken = true;
            throw new IOException("the disk is full");
        }
    }
}
