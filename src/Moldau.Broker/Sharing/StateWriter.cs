using Moldau.Coordination.SharePartitions;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;

namespace Moldau.Broker.Sharing;

/// <summary>The epochs under which this broker leads a share partition: of its partition, and of the state that it has taken up.</summary>
internal readonly record struct Lead(int LeaderEpoch, int StateEpoch);

/// <summary>
/// Stores the changes of one share partition: one write at a time, with all that has gathered while the one before it was under way, so that
/// they are stored in the order in which they were made. Its leader's lock guards it.
/// </summary>
internal sealed class StateWriter(SharePartitionKey key, Lead lead, SharePartitionEnvironment environment)
{
    private readonly List<Entry> _gathered = [];
    private readonly List<Entry> _written = [];
    private bool _isAtWork;
    private TaskCompletionSource? _ended;

    public bool IsAtWork => _isAtWork || _gathered.Count > 0;

    /// <summary>What the write under way is about.</summary>
    public IEnumerable<StateChange> Written => _written.Select(entry => entry.Change);

    /// <summary>Completes when the change is stored, or could not be.</summary>
    public Task<ShareOutcome> Add(StateChange change)
    {
        if (change.IsEmpty) return Task.FromResult(ShareOutcome.Done);
        var entry = new Entry(change);
        _gathered.Add(entry);
        return entry.Task;
    }

    /// <summary>The first write of whoever is to write now; null where one is under way, whose end goes on with what has gathered.</summary>
    public WriteShareState? Begin(ShareDelivery delivery) => _isAtWork ? null : Take(delivery);

    /// <summary>The next write, of all that has gathered; null at the end of the work.</summary>
    public WriteShareState? Take(ShareDelivery delivery)
    {
        _isAtWork = _gathered.Count > 0;
        if (!_isAtWork)
        {
            _ended?.SetResult();
            _ended = null;
            return null;
        }
        _written.AddRange(_gathered);
        _gathered.Clear();
        return new WriteShareState(key)
        {
            StateEpoch = lead.StateEpoch,
            LeaderEpoch = lead.LeaderEpoch,
            StartOffset = delivery.StartOffset,
            DeliveryCompleteCount = delivery.CompleteCount,
            Batches = [.. _written.SelectMany(entry => entry.Change.Batches)],
        };
    }

    /// <summary>Not under the leader's lock.</summary>
    public async Task<ShareOutcome> WriteAsync(WriteShareState write)
    {
        try
        {
            var answer = await environment.State.WriteAsync(write).ConfigureAwait(false);
            if (answer.Error != ErrorCode.None) environment.Logger.ShareStateNotStored(key, answer.Error, answer.Message);
            return ShareOutcome.Of(answer.Error, answer.Message);
        }
#pragma warning disable CA1031 // Whoever waits for the write must be told, whatever it was that failed.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            environment.Logger.ShareStateWriteFaulted(key, fault);
            return new ShareOutcome(ErrorCode.UnknownServerError, $"The state of share partition {key} could not be stored.");
        }
    }

    /// <summary>Tells whoever waits what came of the write.</summary>
    public void Answer(ShareOutcome outcome)
    {
        foreach (var entry in _written) entry.Answer(outcome);
        _written.Clear();
    }

    /// <summary>Nothing more is written: others may have taken up the state.</summary>
    public void Refuse(ShareOutcome outcome)
    {
        foreach (var entry in _gathered) entry.Answer(outcome);
        _gathered.Clear();
    }

    /// <summary>Completes when no write is under way.</summary>
    public Task EndedAsync()
    {
        if (!_isAtWork) return Task.CompletedTask;
        _ended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _ended.Task;
    }

    private sealed class Entry(StateChange change)
    {
        private readonly TaskCompletionSource<ShareOutcome> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public StateChange Change => change;

        public Task<ShareOutcome> Task => _answer.Task;

        public void Answer(ShareOutcome outcome) => _answer.SetResult(outcome);
    }
}
