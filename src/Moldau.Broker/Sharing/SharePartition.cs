using Moldau.Broker.Hosting;
using Moldau.Broker.Waits;
using Moldau.Coordination;
using Moldau.Coordination.SharePartitions;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;

namespace Moldau.Broker.Sharing;

/// <summary>
/// This broker as the leader of one share partition. A short lock guards what the group has of the partition; reading the log and storing
/// what has changed is done outside. What is not stored is not answered.
/// </summary>
internal sealed class SharePartition : ITimerOwner
{
    private static readonly TimerKey LockTimer = new(TimerKind.RecordLock, "", "");

    private readonly SharePartitionEnvironment _environment;
    private readonly ShareDelivery _delivery;
    private readonly StateWriter _writer;
    private readonly DeadLetterBurial _burial;
    private readonly Lock _lock = new();
    private readonly HashSet<FetchWait> _waits = [];
    private readonly List<FetchWait> _turnedAway = [];
    private long _armedMs = long.MaxValue;
    private bool _isFetching;
    private volatile bool _isClosed;

    public SharePartition(SharePartitionKey key, Lead lead, ShareDelivery delivery, SharePartitionEnvironment environment)
    {
        (Key, _delivery, _environment) = (key, delivery, environment);
        _writer = new StateWriter(key, lead, environment);
        _burial = new DeadLetterBurial(this, environment);
        _burial.Add(delivery.UnwrittenDeadLetters(Settings));
    }

    public SharePartitionKey Key { get; }

    /// <summary>Whether its state is another's now, or gone: whoever has this object asks for another one.</summary>
    public bool IsClosed => _isClosed; // Without the lock: whoever looks for another share partition asks this too.

    private ShareDeliverySettings Settings => _environment.ConfigOf(Key.GroupId).Delivery;

    /// <summary>
    /// Begins a fetch: one at a time, so that two members do not read the same records in vain. Null where another is at it, whose end then
    /// wakes the one who waits, or where nothing may be acquired.
    /// </summary>
    public long? TryBeginFetch(FetchWait wait, long logStartOffset)
    {
        bool isMoved;
        lock (_lock)
        {
            isMoved = !_isClosed && _delivery.MoveLogStart(logStartOffset);
            if (isMoved) _writer.Add(new StateChange { MovesStart = true });
        }
        if (isMoved) StoreAll();
        return TryBeginFetch(wait);
    }

    private long? TryBeginFetch(FetchWait wait)
    {
        lock (_lock)
        {
            if (_isClosed) return null;
            if (_isFetching) _turnedAway.Add(wait);
            if (_isFetching || !_delivery.CanAcquire(Settings)) return null;
            _isFetching = true;
            return _delivery.NextFetchOffset();
        }
    }

    /// <summary>Ends the fetch, with or without what was read for it.</summary>
    public void EndFetch()
    {
        lock (_lock)
        {
            _isFetching = false;
            foreach (var wait in _turnedAway) wait.Wake();
            _turnedAway.Clear();
        }
    }

    /// <summary>Acquires records of what was read.</summary>
    public IReadOnlyList<AcquiredRange> Acquire(ShareFetchDemand demand, long fetchOffset, FetchedBatches batches)
    {
        lock (_lock)
        {
            if (_isClosed) return [];
            var request = new AcquireRequest
            {
                MemberId = demand.MemberId,
                Mode = demand.Mode,
                RecordsMax = demand.RecordsMax,
                BatchSize = demand.BatchSize,
                FetchOffset = fetchOffset,
                NowMs = _environment.Clock.TimerMs,
                Settings = Settings,
            };
            var acquired = _delivery.Acquire(request, batches.All, batches.Aborted);
            ArmTimer();
            return acquired;
        }
    }

    /// <summary>Takes back what was acquired for a member that was not told of it.</summary>
    public void Undeliver(string memberId, IReadOnlyList<AcquiredRange> acquired)
    {
        lock (_lock)
        {
            if (_isClosed) return;
            _delivery.Undeliver(memberId, acquired);
            Wake();
        }
    }

    /// <summary>Completes when the acknowledgements are stored, or refused.</summary>
    public Task<ShareOutcome> AcknowledgeAsync(string memberId, IReadOnlyList<Acknowledgement> acknowledgements)
    {
        Task<ShareOutcome> stored;
        lock (_lock)
        {
            if (_isClosed) return Task.FromResult(new ShareOutcome(ErrorCode.UnknownTopicOrPartition));
            var verdict = _delivery.Acknowledge(memberId, acknowledgements, Settings, _environment.Clock.TimerMs);
            if (verdict.Error != ErrorCode.None) return Task.FromResult(Refusal(verdict));
            ArmTimer();
            stored = _writer.Add(verdict.Change);
        }
        StoreAll();
        return stored;
    }

    public bool HasRecordsOf(string memberId)
    {
        lock (_lock) return !_isClosed && _delivery.HasAcquiredBy(memberId);
    }

    /// <summary>Gives back what the member has; completes when that is stored, or could not be.</summary>
    public Task<ShareOutcome> ReleaseAsync(string memberId) => StoreAsync(() => _delivery.Release(memberId, Settings));

    /// <summary>Archives records whose dead letters are written.</summary>
    public Task<ShareOutcome> ArchiveAsync(IEnumerable<OffsetRange> buried) => StoreAsync(() => _delivery.ArchiveDeadLetters(buried));

    private Task<ShareOutcome> StoreAsync(Func<StateChange> begin)
    {
        Task<ShareOutcome> stored;
        lock (_lock) stored = _isClosed ? Task.FromResult(ShareOutcome.Done) : _writer.Add(begin());
        StoreAll();
        return stored;
    }

    public void Watch(FetchWait wait)
    {
        lock (_lock) _waits.Add(wait);
    }

    public void Unwatch(FetchWait wait)
    {
        lock (_lock) _waits.Remove(wait);
    }

    /// <summary>Closes it if nobody has anything of it and all that it knows is stored. False: it is at work.</summary>
    public bool TryCloseIdle()
    {
        lock (_lock)
        {
            if (_isFetching || _writer.IsAtWork || _burial.IsAtWork || _delivery.HasAcquired) return false;
            Close();
            return true;
        }
    }

    /// <summary>Closes it since its state goes, or is begun anew; completes when nothing of what it had is still being stored.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            Close();
            return _writer.EndedAsync();
        }
    }

    void ITimerOwner.TimerFired(TimerKey key) => ThreadPool.UnsafeQueueUserWorkItem(static partition => partition.Expire(), this, preferLocal: false);

    private void Expire()
    {
        lock (_lock)
        {
            if (_isClosed) return;
            _armedMs = long.MaxValue;
            var change = _delivery.Expire(_environment.Clock.TimerMs, Settings);
            ArmTimer();
            if (change.IsEmpty) return;
            _writer.Add(change);
            Wake();
        }
        StoreAll();
    }

    /// <summary>Stores what has gathered, unless that is under way already.</summary>
    private void StoreAll()
    {
        WriteShareState? write;
        lock (_lock) write = _writer.Begin(_delivery);
        if (write is not null) _ = StoreAllAsync(write);
    }

    private async Task StoreAllAsync(WriteShareState? write)
    {
        while (write is not null)
        {
            var outcome = await _writer.WriteAsync(write).ConfigureAwait(false);
            lock (_lock)
            {
                Settle(outcome);
                write = _writer.Take(_delivery);
            }
        }
    }

    private void Settle(ShareOutcome outcome)
    {
        var changes = _writer.Written.ToHashSet();
        if (outcome.IsDone) _delivery.Complete(changes);
        else _delivery.TakeBack(changes);
        if (outcome.IsFenced) Close(); // After another failure the locks stand: who is handed a record must have it alone.
        bool Counts(StateChange change) => outcome.IsDone || (change.CountsAtOnce && !_isClosed);
        _burial.Add([.. _writer.Written.Where(Counts).SelectMany(change => change.DeadLetters)]);
        if (!_isClosed) ArmTimer();
        Wake();
        _writer.Answer(outcome);
    }

    private void Close()
    {
        _isClosed = true;
        _writer.Refuse(new ShareOutcome(ErrorCode.NotLeaderOrFollower));
        _environment.Timers.Cancel(this, LockTimer);
        Wake();
    }

    private void ArmTimer()
    {
        if (_delivery.NextDeadlineMs is not { } deadlineMs || deadlineMs >= _armedMs) return;
        _armedMs = deadlineMs;
        _environment.Timers.Arm(this, LockTimer, deadlineMs);
    }

    private void Wake()
    {
        foreach (var wait in _waits) wait.Wake();
    }

    private ShareOutcome Refusal(AcknowledgeVerdict refused) => new(refused.Error, refused switch
    {
        { IsForbiddenRenewal: true } => $"Group {Key.GroupId} forbids to renew locks by share.renew.acknowledge.enable: acknowledge the records of {Key} before their locks end.",
        { Error: ErrorCode.InvalidRecordState } => $"Some of the records of {Key} are not this member's any more: their lock has ended, or they are acknowledged already.",
        _ => $"Some of the offsets of {Key} were never handed out.",
    });
}
