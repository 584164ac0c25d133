using System.Text;
using Confluent.Kafka;
using Moldau.Cli.Analyses;

namespace Moldau.Cli.Clients;

/// <summary>Reads a topic as a member of a consumer group and gives each message, in order where that matters, to an analysis.</summary>
internal sealed class GroupReader : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly Connection _connection;
    private readonly Reading _reading;
    private readonly IAnalysis _analysis;
    private readonly IReaderReport _report;
    private readonly GroupShare _share;
    private readonly TimeOrder _order = new();
    private readonly HashSet<int> _paused = [];
    private readonly Trouble _trouble;
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _shown;

    public GroupReader(Connection connection, Reading reading, IAnalysis analysis, IReaderReport report)
    {
        (_connection, _reading, _analysis, _report) = (connection, reading, analysis, report);
        _share = new GroupShare(reading, analysis, report);
        _trouble = new Trouble(report.Note, TimeProvider.System);
        _consumer = new ConsumerBuilder<Ignore, byte[]>(Config(connection, reading))
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, error) => _trouble.Tell(error))
            .SetPartitionsAssignedHandler(Assigned)
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
    /// <exception cref="CommandFailure">The cluster refuses it, or has not taken the last commit.</exception>
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
        catch (Exception e)
        {
            _ready.TrySetException(e);
            if (e is IOException)
            {
                // What was found did not reach its reader, so it is not committed and will be shown again.
                Forget();
            }

            throw;
        }
        finally
        {
            // Also after a failure: what was shown is committed, and the other members need not wait for a timeout.
            Close();
        }

        return _share.CommitFailure is not { } failure ? _shown : throw new CommandFailure(
            $"How far group {_reading.Group} has read could not be committed: {Explanation.Of(failure, _connection).Message}",
            "What was shown last will be shown again.");
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
            _share.CommitWhenIdle(_consumer);
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

        _share.CommitWhenDue(_consumer);
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
        _trouble.GoesWell();
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
        _share.Passed(message);
        _shown++;
        if (_order.Held(message.Partition) <= TimeOrder.HeldPerPartitionMax / 2 && _paused.Remove(message.Partition))
        {
            _consumer.Resume([new TopicPartition(message.Topic, message.Partition)]);
        }
    }

    private IEnumerable<TopicPartitionOffset> Assigned(IConsumer<Ignore, byte[]> consumer, List<TopicPartition> partitions)
    {
        Forget();
        var places = _share.Take(consumer, partitions);
        _order.Assign(partitions.Select(p => p.Partition.Value));
        _ready.TrySetResult();
        return places;
    }

    private void Revoked()
    {
        _share.Commit(_consumer);
        Forget();
    }

    private void Forget()
    {
        _share.Forget();
        _paused.Clear();
        _order.Assign([]);
    }

    private void Close()
    {
        try
        {
            _share.Commit(_consumer);
        }
        catch (IOException)
        {
            // Closing commits what is left, so nothing may be left of what was not written.
            Forget();
            throw;
        }
        finally
        {
            _consumer.Close();
        }
    }
}
