using System.Text;
using Confluent.Kafka;
using Moldau.Cli.Analyses;

namespace Moldau.Cli.Clients;

/// <summary>What a reader reads, as whom, and how long.</summary>
internal sealed record Reading(string Topic, string Group)
{
    /// <summary>Where a group begins that has no position yet; one that has goes on from it.</summary>
    public StartingPoint Start { get; init; } = StartingPoint.End;

    /// <summary>Stop after so many messages.</summary>
    public long MessagesMax { get; init; } = long.MaxValue;
}

internal enum StartingPoint
{
    /// <summary>What comes from now on.</summary>
    End,

    /// <summary>What is there already, first.</summary>
    Beginning,
}

/// <summary>Who is told what a reader finds.</summary>
internal interface IReaderReport
{
    void Found(in Message message, Finding finding);

    void Note(string text);

    /// <summary>What was found must be where it belongs now: the position past it is about to be committed.</summary>
    void Flush();
}

/// <summary>
/// Reads a topic as a member of a consumer group and gives each message to an analysis. Position and memory of the analysis are
/// committed in one request, after what they cover was shown: a clean stop repeats and misses nothing, and after a kill a
/// message may be shown again, but from a memory that fits.
/// </summary>
internal sealed class GroupReader : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CommitPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private const long CommitEveryMs = 1_000;

    private readonly Connection _connection;
    private readonly Reading _reading;
    private readonly IAnalysis _analysis;
    private readonly IReaderReport _report;
    private readonly TimeOrder _order = new();
    private readonly SortedDictionary<int, long> _next = [];
    private readonly HashSet<int> _paused = [];
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _shown;
    private long _committedAtMs = Environment.TickCount64;
    private bool _dirty;

    public GroupReader(Connection connection, Reading reading, IAnalysis analysis, IReaderReport report)
    {
        (_connection, _reading, _analysis, _report) = (connection, reading, analysis, report);
        var trouble = new Trouble(report.Note);
        _consumer = new ConsumerBuilder<Ignore, byte[]>(Config(connection, reading))
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, error) => trouble.Tell(error))
            .SetPartitionsAssignedHandler((_, partitions) => Assigned(partitions))
            .SetPartitionsRevokedHandler((_, _) => Revoked())
            .SetPartitionsLostHandler((_, _) => Forget())
            .Build();
    }

    /// <summary>
    /// Completes when the group has given this reader its part: what is sent from then on is seen. Fails as <see cref="Run"/> does
    /// when it never comes to that.
    /// </summary>
    public Task Ready => _ready.Task;

    /// <summary>Reads on the calling thread until told to stop, or all that was asked for is shown.</summary>
    /// <returns>The number of messages shown.</returns>
    public long Run(CancellationToken stop)
    {
        _consumer.Subscribe(_reading.Topic);
        try
        {
            while (!stop.IsCancellationRequested && _shown < _reading.MessagesMax)
            {
                Step();
            }
        }
        catch (IOException e)
        {
            _ready.TrySetException(e);
            // What was found did not reach its reader, so it is not committed and will be shown again.
            Forget();
            throw;
        }
        catch (Exception e)
        {
            _ready.TrySetException(e);
            throw;
        }
        finally
        {
            // Also after a failure: what was shown is committed, and the other members need not wait for a timeout.
            Close();
        }

        return _shown;
    }

    public void Dispose() => _consumer.Dispose();

    private static ConsumerConfig Config(Connection connection, Reading reading) => new(connection.ToConfig())
    {
        GroupId = reading.Group,
        EnableAutoCommit = false, // This reader commits position and memory together.
        EnableAutoOffsetStore = false,
        EnablePartitionEof = true,
        AutoOffsetReset = AutoOffsetReset.Earliest, // When the position has been deleted: what is left, from its beginning.
        SessionTimeoutMs = 6_000, // So long a killed member keeps its partitions from its successor.
        HeartbeatIntervalMs = 2_000,
        FetchWaitMaxMs = 100, // The end of a partition is known this soon.
    };

    private void Step()
    {
        var result = Consume(TimeSpan.Zero);
        if (result is null)
        {
            // Nothing is ready: a good moment to write and commit.
            _report.Flush();
            CommitIfDirty();
            result = Consume(Poll);
        }

        if (result is { IsPartitionEOF: true })
        {
            _order.ReachedEnd(result.Partition.Value);
        }
        else if (result is not null)
        {
            Take(result);
        }

        while (_shown < _reading.MessagesMax && _order.TryTake(Environment.TickCount64, out var message))
        {
            Show(message);
        }

        if (Environment.TickCount64 - _committedAtMs > CommitEveryMs)
        {
            CommitIfDirty();
        }
    }

    private ConsumeResult<Ignore, byte[]>? Consume(TimeSpan wait)
    {
        try
        {
            return _consumer.Consume(wait);
        }
        catch (ConsumeException e) when (e.Error.Code == ErrorCode.Local_MaxPollExceeded)
        {
            _report.Note("This consumer stood still for so long that the group went on without it; joining again.");
            return null;
        }
        catch (KafkaException e)
        {
            // Also from the handlers of a rebalance, which run within this call.
            throw Explanation.Of(e.Error, _connection, _reading.Topic);
        }
    }

    private void Take(ConsumeResult<Ignore, byte[]> result)
    {
        int partition = result.Partition.Value;
        string text = Encoding.UTF8.GetString(result.Message.Value ?? []);
        var message = new Message(result.Topic, partition, result.Offset.Value, result.Message.Timestamp.UnixTimestampMs, text);
        if (!_analysis.NeedsOrder)
        {
            Show(message);
            return;
        }

        _order.Add(message, Environment.TickCount64);
        if (_order.Held(partition) >= TimeOrder.HeldPerPartitionMax && _paused.Add(partition))
        {
            _consumer.Pause([result.TopicPartition]);
        }
    }

    private void Show(in Message message)
    {
        _report.Found(message, _analysis.Take(message));
        _next[message.Partition] = message.Offset + 1;
        _shown++;
        _dirty = true;
        if (_order.Held(message.Partition) <= TimeOrder.HeldPerPartitionMax / 2 && _paused.Remove(message.Partition))
        {
            _consumer.Resume([new TopicPartition(message.Topic, message.Partition)]);
        }
    }

    private void CommitIfDirty()
    {
        _committedAtMs = Environment.TickCount64;
        if (!_dirty || _next.Count == 0)
        {
            return;
        }

        _report.Flush();
        string memory = _analysis.Save();
        try
        {
            var positions = _next.Select(n => new CommittedPosition(n.Key, n.Value, memory));
            OffsetMetadata.Commit(_consumer, _reading.Topic, positions, CommitPatience);
            _dirty = false;
        }
        catch (KafkaException e) when (IsPassing(e))
        {
            // The group is being rearranged, or the broker does not answer: what was shown stays to be committed with the next.
        }
    }

    private static bool IsPassing(KafkaException e) => e.Error.Code is ErrorCode.RebalanceInProgress or ErrorCode.IllegalGeneration
        or ErrorCode.UnknownMemberId or ErrorCode.Local_Transport or ErrorCode.Local_TimedOut or ErrorCode.RequestTimedOut
        or ErrorCode.NotCoordinatorForGroup or ErrorCode.GroupCoordinatorNotAvailable or ErrorCode.GroupLoadInProgress
        or ErrorCode.Local_WaitCoord;

    private IEnumerable<TopicPartitionOffset> Assigned(List<TopicPartition> partitions)
    {
        Forget();
        int[] assigned = [.. partitions.Select(p => p.Partition.Value)];
        var committed = assigned.Length == 0 ? [] : OffsetMetadata.Committed(_consumer, _reading.Topic, assigned, Patience);
        foreach (var position in committed)
        {
            _next[position.Partition] = position.Offset ?? FirstOffset(position.Partition);
        }

        _analysis.Restore(committed.Where(c => c.Offset is not null).Select(c => c.Metadata));
        _order.Assign(assigned);
        // A group that begins at the end has a position from now on: what comes while it is stopped is not missed.
        _dirty = committed.Any(c => c.Offset is null);
        Tell(assigned, committed);
        _ready.TrySetResult();
        return [.. _next.Select(n => new TopicPartitionOffset(_reading.Topic, n.Key, n.Value))];
    }

    private long FirstOffset(int partition)
    {
        var watermarks = _consumer.QueryWatermarkOffsets(new TopicPartition(_reading.Topic, partition), Patience);
        return _reading.Start == StartingPoint.Beginning ? watermarks.Low.Value : watermarks.High.Value;
    }

    private void Tell(int[] assigned, IReadOnlyList<CommittedPosition> committed)
    {
        using var admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
        int all = admin.GetMetadata(_reading.Topic, Patience).Topics[0].Partitions.Count;
        if (assigned.Length < all)
        {
            string part = assigned.Length == 0 ? "gets none of them" : $"sees only {string.Join(", ", assigned)}";
            _report.Note($"The group {_reading.Group} has another member: of the {all} partition(s) of {_reading.Topic} this one {part}. "
                + "To see everything, read as a group of its own: --group NAME.");
        }

        if (committed.Any(c => c.Offset > 0) && !_ready.Task.IsCompleted)
        {
            _report.Note($"The group {_reading.Group} goes on where it stopped. "
                + "To see everything from the beginning: --group NEWNAME --from-beginning.");
        }
    }

    private void Revoked()
    {
        CommitIfDirty();
        Forget();
    }

    private void Forget()
    {
        _next.Clear();
        _paused.Clear();
        _order.Assign([]);
        _analysis.Restore([]);
        _dirty = false;
    }

    private void Close()
    {
        try
        {
            CommitIfDirty();
        }
        finally
        {
            _consumer.Close();
        }
    }
}
