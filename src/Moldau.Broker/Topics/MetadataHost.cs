using System.Threading.Channels;
using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Topics;

/// <summary>Who decides about the metadata log, and how far it is.</summary>
internal sealed record MetadataQuorum
{
    public required int Epoch { get; init; }

    public required long HighWatermark { get; init; }

    public required long LogEndOffset { get; init; }

    public required IReadOnlyList<VotersRecord.Voter> Voters { get; init; }
}

/// <summary>
/// Hosts the cluster's metadata. One mailbox takes all changes, one after the other: decide, append, commit, apply, make the logs follow,
/// publish, reply. What is published is therefore durable, and a request reads one image of it without a lock. What is committed is published,
/// whatever else fails: the next change decided on an older image would contradict the log.
/// </summary>
internal sealed class MetadataHost : IAsyncDisposable
{
    /// <summary>Changes that may wait. A connection has one at most, so this bounds memory, not clients.</summary>
    private const int WaitingMax = 1024;

    /// <summary>
    /// Records of one change: they are one batch. Twice as many as partitions that one request makes, so that there is room for what stands beside
    /// those.
    /// </summary>
    private const int RecordsMax = 2 * TopicCreation.PartitionsPerRequestMax;

    private static readonly TimeSpan OpeningsApart = TimeSpan.FromSeconds(1);

    private readonly Channel<Change> _mailbox = Channel.CreateBounded<Change>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    private readonly MetadataStore _store;
    private readonly PartitionLogs _logs;
    private readonly MetadataUpkeep _upkeep;
    private readonly int _nodeId;
    private readonly StorageLog _events;
    private readonly Task _loop;
    private readonly GrowingInterval _openings;
    private volatile bool _isOpening;
    private volatile ClusterImage _image;

    // Why the log holds what the image does not; then nothing is decided any more.
    private Exception? _behind;

    /// <summary>Takes over a store that has been started: see <see cref="MetadataStart"/>.</summary>
    public MetadataHost(MetadataStore store, PartitionLogs logs, MetadataUpkeep upkeep, int nodeId, TimeProvider time, StorageLog events)
    {
        _openings = new GrowingInterval(time, OpeningsApart, OpeningsApart);
        (_store, _logs, _upkeep, _nodeId, _events) = (store, logs, upkeep, nodeId, events);
        _image = store.State.Image;
        logs.Adopt(_image, store.State.RemovedTopics);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>The newest image; a request takes it once.</summary>
    public ClusterImage Image => _image;

    /// <summary>The offset of the last record of the metadata log; it tells two states of it apart.</summary>
    public long LastOffset => _store.Log.EndOffset - 1;

    /// <summary>Where the metadata log begins; a snapshot says what was before.</summary>
    public long LogStartOffset => _store.Log.StartOffset;

    /// <summary>0 in a directory that was formatted for voters of the configuration.</summary>
    public short KRaftVersion => _store.State.KRaftVersion;

    /// <summary>The quorum of the metadata log, as it is now.</summary>
    public MetadataQuorum Quorum => new()
    {
        Epoch = _store.Log.Epoch,
        HighWatermark = _store.Log.HighWatermark,
        LogEndOffset = _store.Log.EndOffset,
        // A quorum without a record of its voters has them in the configuration: this node alone.
        Voters = _store.State.Voters?.Voters ?? [new VotersRecord.Voter { VoterId = _nodeId }],
    };

    /// <summary>There is another image. Raised from the mailbox, before whoever asked for the change is answered: brief, as below.</summary>
    public event Action? ImageChanged;

    /// <summary>
    /// A topic is gone, with its partitions. Raised from the mailbox: brief, and nothing that waits for a change of metadata.
    /// </summary>
    public event Action<TopicImage>? TopicDeleted;

    /// <summary>Decides on the newest image and answers when the records of the decision are committed and in force.</summary>
    public async Task<TReply> AskAsync<TReply>(Func<ClusterImage, MetadataDecision<TReply>> decide)
    {
        var change = new Change<TReply>(decide);
        await _mailbox.Writer.WriteAsync(change).ConfigureAwait(false);
        return await change.Reply.ConfigureAwait(false);
    }

    /// <summary>
    /// Has the logs opened soon that could not be for want of room, between two changes. Whoever needs one asks, so it is not done more often
    /// than it helps.
    /// </summary>
    public void OpenClosedLogs()
    {
        if (_isOpening || !_openings.TryTake()) return;
        _isOpening = true;
        if (!_mailbox.Writer.TryWrite(new Opening(this))) _isOpening = false;
    }

    /// <summary>A clean stop, as Kafka's controlled shutdown. Changes that wait are still made; later ones are refused.</summary>
    public async Task StopAsync()
    {
        if (!_mailbox.Writer.TryComplete()) return;
        await _loop.ConfigureAwait(false);
        if (_behind is not null) return; // The next start reads what the log holds.
        var image = _image;
        var broker = image.Brokers[_nodeId];
        _store.Append(NodeDecisions.BeginControlledShutdown(image, broker));
        _store.Append(NodeDecisions.EndControlledShutdown(broker));
        await _store.Log.CommittedAsync().ConfigureAwait(false);
        _upkeep.RunLast();
    }

    public async ValueTask DisposeAsync()
    {
        _mailbox.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        _upkeep.Run(); // A broker that is started often and changes little grows by its starts.
        await foreach (var change in _mailbox.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                if (_behind is { } cause) throw new LogOfflineException("A change before this one could not be put into force, so no other is made.", cause);
                var records = change.Decide(_image);
                if (records.Count > RecordsMax) throw new LargeChangeException(records.Count, RecordsMax);
                if (records.Count > 0) await CommitAsync(records).ConfigureAwait(false);
                change.Complete();
            }
            catch (Exception failure)
            {
                change.Fail(failure);
                continue;
            }
            _upkeep.Run();
        }
    }

    private async Task CommitAsync(IReadOnlyList<MetadataRecord> records)
    {
        var before = _image;
        long end = _store.Log.EndOffset;
        try
        {
            _store.Append(records);
            await _store.Log.CommittedAsync().ConfigureAwait(false);
            Publish(before, _store.State.Image, records);
        }
        catch (Exception failure) when (_store.Log.EndOffset > end) // What the log has not taken has changed nothing.
        {
            _behind = failure;
            // Of a disk that has failed, and of a stop that does not wait for it, the log has told.
            if (failure is not LogOfflineException) _events.MetadataBehindItsLog(failure);
            throw;
        }
    }

    private void Publish(ClusterImage before, ClusterImage after, IReadOnlyList<MetadataRecord> records)
    {
        Attempt(() => _logs.Follow(before, after));
        _image = after;
        Attempt(() => ImageChanged?.Invoke());
        foreach (var record in records)
        {
            if (record.Body is RemoveTopicRecord removed) Attempt(() => TopicDeleted?.Invoke(before.Topics.ById[removed.TopicId]));
        }
    }

    /// <summary>What follows from a change must not keep it from being published.</summary>
    private void Attempt(Action follow)
    {
        try
        {
            follow();
        }
        catch (Exception failure)
        {
            _events.MetadataNotFollowed(failure);
        }
    }

    private void OpenClosed()
    {
        _isOpening = false;
        _logs.OpenClosed(_image);
    }

    /// <summary>A change that waits in the mailbox.</summary>
    private abstract class Change
    {
        public abstract IReadOnlyList<MetadataRecord> Decide(ClusterImage image);

        public abstract void Complete();

        public abstract void Fail(Exception failure);
    }

    /// <summary>No change of the metadata, but of the logs that follow them.</summary>
    private sealed class Opening(MetadataHost host) : Change
    {
        public override IReadOnlyList<MetadataRecord> Decide(ClusterImage image) => [];

        public override void Complete() => host.OpenClosed();

        public override void Fail(Exception failure)
        {
            // Nobody waits for it, and what cannot be opened has said why.
        }
    }

    private sealed class Change<TReply>(Func<ClusterImage, MetadataDecision<TReply>> decide) : Change
    {
        private readonly TaskCompletionSource<TReply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private MetadataDecision<TReply>? _decision;

        public Task<TReply> Reply => _reply.Task;

        public override IReadOnlyList<MetadataRecord> Decide(ClusterImage image)
        {
            _decision = decide(image);
            return _decision.Records;
        }

        public override void Complete() => _reply.SetResult(_decision!.Reply);

        public override void Fail(Exception failure) => _reply.SetException(failure);
    }
}
