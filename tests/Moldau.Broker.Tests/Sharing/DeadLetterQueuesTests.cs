using System.Text;
using Moldau.Broker.Config;
using Moldau.Broker.Hosting;
using Moldau.Broker.Sharing;
using Moldau.Broker.Tests.Handlers.Records;
using Moldau.Broker.Tests.Topics;
using Moldau.Broker.Topics;
using Moldau.Coordination.SharePartitions;
using Moldau.Coordination.ShareState;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Sharing;

public sealed class DeadLetterQueuesTests : IAsyncDisposable
{
    private const string Queue = "dlq.t";

    private readonly SimulatedDisk _disk = new(seed: 1);
    private readonly StoredCluster _cluster;
    private readonly RecordingLogger _logger = new();
    private readonly CancellationTokenSource _stop = new();
    private BrokerStorage _storage = null!;
    private readonly List<OffsetRange> _settled = [];
    private SharePartitionKey _key;

    public DeadLetterQueuesTests() => _cluster = new StoredCluster { Files = _disk };

    public ValueTask DisposeAsync()
    {
        _stop.Dispose();
        return _storage.DisposeAsync();
    }

    [Fact]
    public async Task What_the_queue_refuses_does_not_keep_the_others_from_it()
    {
        var queues = await StartAsync(("cleanup.policy", "compact")); // It refuses whatever has no key.
        Append(key: "k", "x");
        Append(key: null, "y");
        Append(key: null, "y");
        Append(key: "k", "z");
        Assert.True(await queues.TryWriteAsync(_key, [LettersOf(0, 0), LettersOf(1, 2), LettersOf(3, 3)], Settle));
        Assert.Equal("0:x 3:z", Written());
        Assert.Equal("0-0 1-2 3-3", Settled);
        Assert.Equal($"Records 1 to 2 of share partition {_key} are given up without a dead letter in {Queue}: the topic refused them with InvalidRecord", Assert.Single(_logger.Messages));
    }

    [Fact]
    public async Task What_is_written_is_not_written_again_with_what_had_no_room()
    {
        var queues = await StartAsync();
        foreach (string value in new[] { "x", "y", "z" }) Append(key: null, value);
        int writes = 0;
        _disk.Lacks = (operation, path) => operation == "write" && path.Contains("dlq.t-0", StringComparison.Ordinal) && ++writes == 2;
        var writing = queues.TryWriteAsync(_key, [LettersOf(0, 0), LettersOf(1, 1), LettersOf(2, 2)], Settle);
        Assert.Equal("0:x 2:z", Written());
        Assert.Equal("0-0 2-2", Settled);
        await Patiently.UntilAsync(() =>
        {
            _cluster.Time.Advance(TimeSpan.FromSeconds(1));
            return writing.IsCompleted;
        });
        Assert.True(await writing);
        Assert.Equal("0:x 2:z 1:y", Written());
        Assert.Equal("0-0 2-2 1-1", Settled);
        Assert.Empty(_logger.Messages);
    }

    [Fact]
    public async Task What_has_no_room_is_left_to_the_next_start_by_a_broker_that_stops()
    {
        var queues = await StartAsync();
        Append(key: null, "x");
        _disk.Lacks = (operation, path) => operation == "write" && path.Contains("dlq.t-0", StringComparison.Ordinal);
        var writing = queues.TryWriteAsync(_key, [LettersOf(0, 0)], Settle);
        Assert.False(writing.IsCompleted);
        await _stop.CancelAsync();
        Assert.False(await writing);
        Assert.Empty(_logger.Messages);
    }

    [Fact]
    public async Task What_is_written_before_a_stop_is_settled_and_the_rest_of_its_lot_is_left_to_the_next_start()
    {
        var queues = await StartAsync(("max.message.bytes", "350")); // Each letter has a batch of its own.
        foreach (string value in new[] { "x", "y", "z" }) Append(key: null, value);
        int writes = 0;
        _disk.Lacks = (operation, path) => operation == "write" && path.Contains("dlq.t-0", StringComparison.Ordinal) && ++writes > 1;
        var writing = queues.TryWriteAsync(_key, [LettersOf(0, 2)], Settle);
        Assert.Equal("0-0", Settled);
        await _stop.CancelAsync();
        Assert.False(await writing);
        Assert.Equal(("0:x", "0-0"), (Written(), Settled));
        Assert.Empty(_logger.Messages);
    }

    private string Settled => string.Join(' ', _settled);

    private Task Settle(OffsetRange[] offsets)
    {
        _settled.AddRange(offsets);
        return Task.CompletedTask;
    }

    private async Task<DeadLetterQueues> StartAsync(params (string Name, string Value)[] settings)
    {
        _storage = await _cluster.OpenAsync();
        _key = new SharePartitionKey("g", await StoredCluster.CreateAsync(_storage, "t"), 0);
        await StoredCluster.CreateAsync(_storage, Queue, 1, [("errors.deadletterqueue.group.enable", "true"), .. settings]);
        return new DeadLetterQueues(_storage, _ => new GroupDeliveryConfig { DeadLetterTopic = Queue, CopiesDeadRecords = true }, _cluster.Time, _logger, _stop.Token);
    }

    private static DeadLetters LettersOf(long first, long last) => new(new(first, last), 1, DeadLetterCause.Rejected);

    /// <summary>Each record is a batch of its own.</summary>
    private void Append(string? key, string value)
    {
        using var builder = new BatchBuilder();
        builder.Append(0, key is null ? null : Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));
        LogOf("t").Append(builder.BuildArray(), new AppendContext { LeaderEpoch = 0 });
    }

    /// <summary>The letters of the queue: of which offset they are, and what they have copied.</summary>
    private string Written()
    {
        var written = new List<string>();
        using var read = LogOf(Queue).Read(0, 1 << 20, ReadBound.LogEnd);
        foreach (var batch in new StoredBatches(read.Records))
        {
            foreach (var record in new BatchRecords(batch.Bytes))
            {
                foreach (var header in record.Headers)
                {
                    if (header.Name == "__dlq.errors.offset") written.Add($"{Encoding.UTF8.GetString(header.Value!.Value.Span)}:{Encoding.UTF8.GetString(record.Value!.Value.Span)}");
                }
            }
        }
        return string.Join(' ', written);
    }

    private PartitionLog LogOf(string topic)
    {
        Assert.Equal(ErrorCode.None, _storage.Partitions.Find(topic, 0, out var partition));
        return partition.Log;
    }
}
