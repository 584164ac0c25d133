using Moldau.Coordination.SharePartitions;

namespace Moldau.Broker.Sharing;

/// <summary>The dead letters of one share partition, one lot after the other: written first, and then the records are archived.</summary>
internal sealed class DeadLetterBurial(SharePartition partition, SharePartitionEnvironment environment)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1), LastPause = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly List<DeadLetters> _waiting = [];
    private bool _isAtWork;

    public bool IsAtWork { get { lock (_lock) return _isAtWork; } }

    public void Add(IReadOnlyList<DeadLetters> letters)
    {
        if (letters.Count == 0) return;
        lock (_lock)
        {
            _waiting.AddRange(letters);
            if (_isAtWork) return;
            _isAtWork = true;
        }
        ThreadPool.UnsafeQueueUserWorkItem(static burial => _ = burial.BuryAllAsync(), this, preferLocal: false);
    }

    private async Task BuryAllAsync()
    {
        while (Take() is { } letters)
        {
            if (!await environment.DeadLetters.TryWriteAsync(partition.Key, letters, ArchiveAsync).ConfigureAwait(false)) return;
        }
    }

    /// <summary>As often as it takes while that cannot be stored: records that stay between given up and archived hold up the group.</summary>
    private async Task ArchiveAsync(OffsetRange[] buried)
    {
        for (var pause = FirstPause; ; pause = pause < LastPause / 2 ? pause * 2 : LastPause)
        {
            var outcome = await partition.ArchiveAsync(buried).ConfigureAwait(false);
            if (outcome.IsDone || partition.IsClosed || environment.Stop.IsCancellationRequested) return;
            await Task.Delay(pause, environment.Clock.Time, environment.Stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private DeadLetters[]? Take()
    {
        lock (_lock)
        {
            _isAtWork = _waiting.Count > 0;
            if (!_isAtWork) return null;
            DeadLetters[] letters = [.. _waiting];
            _waiting.Clear();
            return letters;
        }
    }
}
