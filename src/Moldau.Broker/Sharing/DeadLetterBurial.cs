using Moldau.Coordination.SharePartitions;

namespace Moldau.Broker.Sharing;

/// <summary>The dead letters of one share partition, one lot after the other: written first, and then the records are archived.</summary>
internal sealed class DeadLetterBurial(SharePartition partition, DeadLetterQueues queues)
{
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
            await queues.WriteAsync(partition.Key, letters).ConfigureAwait(false);
            await Task.WhenAll(letters.Select(lot => partition.ArchiveAsync(lot.Offsets))).ConfigureAwait(false);
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
