using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Hosting;
using Moldau.Broker.Sharing;
using Moldau.Broker.Tests.Handlers.Records;
using Moldau.Broker.Tests.Topics;
using Moldau.Broker.Topics;
using Moldau.Broker.Waits;
using Moldau.Coordination.SharePartitions;
using Moldau.Coordination.ShareState;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Sharing;

/// <summary>Members of a share group on a broker that is killed again and again; remembers what they were answered.</summary>
internal sealed class ShareRun(int seed)
{
    private const string Group = "g", Topic = "t", Queue = "dlq.t";
    private const sbyte Accept = 1, Reject = 3;

    private readonly SimulatedDisk _disk = new(seed);
    private readonly HashSet<long> _accepted = [];
    private readonly HashSet<long> _rejected = [];
    private readonly Dictionary<long, string> _held = [];
    private SharePartitionKey _key;
    private StoredCluster? _cluster;
    private BrokerStorage? _storage;
    private BrokerCoordinators? _coordinators;
    private FetchWait? _wait;

    public bool IsKilled => _disk.IsOff;

    private PartitionLog Log => LogOf(Topic);

    public async Task StartAsync()
    {
        _cluster ??= new StoredCluster { Files = _disk, Properties = { ["share.coordinator.state.topic.num.partitions"] = "1" } };
        _storage = await _cluster.OpenAsync();
        _coordinators = new BrokerCoordinators(_storage, _cluster.Time, NullLoggerFactory.Instance);
        _coordinators.Start();
        _wait = new FetchWaits(_cluster.Time).Begin([]);
        _held.Clear();
        if (_key.GroupId is not null) return;
        _key = new SharePartitionKey(Group, await StoredCluster.CreateAsync(_storage, Topic), 0);
        await StoredCluster.CreateAsync(_storage, Queue, 1, ("errors.deadletterqueue.group.enable", "true"));
        await StoredCluster.SetGroupAsync(_storage, Group, ("share.auto.offset.reset", "earliest"), ("errors.deadletterqueue.topic.name", Queue), ("share.delivery.count.limit", "3"));
        Assert.Equal(ErrorCode.None, (await _coordinators.ShareState.AskAsync(new InitializeShareState(_key, StateEpoch: 1, StartOffset: -1))).Error);
    }

    public async Task StopAsync()
    {
        await _coordinators!.DisposeAsync();
        if (!IsKilled) await _storage!.DisposeAsync();
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        _disk.RestartAfterKill();
        await StartAsync();
    }

    public void KillAfter(int operations) => _disk.CutAt = _disk.Operations + operations;

    public async Task WorkAsync(Random random)
    {
        string member = ((char)('a' + random.Next(3))).ToString();
        try
        {
            switch (random.Next(6))
            {
                case 0: Produce(random.Next(1, 5)); break;
                case 1 or 2: await FetchAsync(member); break;
                case 3: await ReleaseAsync(member); break;
                default: await AcknowledgeAsync(member, random); break;
            }
        }
        catch (PowerCutException)
        {
            // Whoever asked hears nothing more.
        }
    }

    /// <summary>What was answered is stored, and nothing that was rejected is done with before its dead letter is written.</summary>
    public async Task CheckAsync(string where)
    {
        var answer = await _coordinators!.ShareState.ReadSummaryAsync(_key);
        Assert.Equal(ErrorCode.None, answer.Error);
        var letters = Letters();
        foreach (long offset in _accepted) Assert.True(StateOf(answer.State!, offset).IsComplete(), $"{where}: {offset} was accepted, and is {StateOf(answer.State!, offset)}.");
        foreach (long offset in _rejected)
        {
            var state = StateOf(answer.State!, offset);
            bool isLost = state is not (DeliveryState.Archiving or DeliveryState.Archived) || (state == DeliveryState.Archived && !letters.Contains(offset));
            Assert.False(isLost, $"{where}: {offset} was rejected, is {state}, and {(letters.Contains(offset) ? "has" : "has no")} dead letter.");
        }
    }

    /// <summary>In the end all that is left is delivered, and only that.</summary>
    public async Task DrainAsync(string where)
    {
        while (await StartOffsetAsync() < Log.LogEndOffset)
        {
            await SettleAsync();
            await FetchAsync("z");
            foreach (long offset in _held.Keys)
            {
                Assert.False(_accepted.Contains(offset) || _rejected.Contains(offset), $"{where}: {offset} was delivered after it was done with.");
            }
            if (_held.Count > 0) await AcknowledgeAsync("z", [.. _held.Keys.Order()], Accept);
            else Produce(1); // The start is stored with the next acknowledgement.
            if (_accepted.Count > 0 && await IsBehindOnlyByItsLastWriteAsync()) return;
        }
    }

    private async Task<bool> IsBehindOnlyByItsLastWriteAsync()
    {
        var state = (await _coordinators!.ShareState.ReadSummaryAsync(_key)).State!;
        return state.StartOffset + state.DeliveryCompleteCount == Log.LogEndOffset;
    }

    private async Task<long> StartOffsetAsync() => (await _coordinators!.ShareState.ReadSummaryAsync(_key)).State!.StartOffset;

    private void Produce(int records)
    {
        byte[] batch = TestProducer.Batch([.. Enumerable.Range(0, records).Select(record => record.ToString(CultureInfo.InvariantCulture))]);
        Log.Append(batch, new AppendContext { LeaderEpoch = 0 });
    }

    private async Task<SharePartition?> ShareAsync()
    {
        Assert.Equal(ErrorCode.None, _storage!.Partitions.Find(Topic, 0, out var partition));
        return (await _coordinators!.Sharing.Partitions.FindAsync(_key, partition)).Found;
    }

    private async Task FetchAsync(string member)
    {
        if (await ShareAsync() is not { } share || share.TryBeginFetch(_wait!, Log.LogStartOffset) is not { } offset) return;
        using var read = Log.Read(offset, 1 << 20, ReadBound.HighWatermark);
        var acquired = share.Acquire(new ShareFetchDemand(member, ShareAcquireMode.BatchOptimized, RecordsMax: 6, BatchSize: 3), offset, new FetchedBatches(read.Records.Span, []));
        share.EndFetch();
        foreach (var (offsets, _) in acquired)
        {
            for (long held = offsets.First; held <= offsets.Last; held++) Assert.True(_held.TryAdd(held, member), $"{held} is held by {_held[held]} already");
        }
    }

    private async Task ReleaseAsync(string member)
    {
        if (await ShareAsync() is not { } share || !(await share.ReleaseAsync(member)).IsDone) return;
        foreach (long offset in _held.Where(held => held.Value == member).Select(held => held.Key).ToArray()) _held.Remove(offset);
        await SettleAsync();
    }

    private Task AcknowledgeAsync(string member, Random random)
    {
        long[] offsets = [.. _held.Where(held => held.Value == member && random.Next(2) == 0).Select(held => held.Key).Order()];
        return AcknowledgeAsync(member, offsets, (sbyte)random.Next(Accept, Reject + 1));
    }

    private async Task AcknowledgeAsync(string member, long[] offsets, sbyte type)
    {
        if (offsets.Length == 0 || await ShareAsync() is not { } share) return;
        var outcome = await share.AcknowledgeAsync(member, [.. offsets.Select(offset => new Acknowledgement(new(offset, offset), [type]))]);
        if (!outcome.IsDone) return;
        foreach (long offset in offsets) _held.Remove(offset);
        if (type == Accept) _accepted.UnionWith(offsets);
        if (type == Reject) _rejected.UnionWith(offsets);
        await SettleAsync();
    }

    /// <summary>Until what was given up is archived: the simulated disk is no place for two at once.</summary>
    private Task SettleAsync() => Patiently.UntilAsync(async () =>
    {
        var stored = (await _coordinators!.ShareState.ReadSummaryAsync(_key)).State;
        if (stored is null || IsKilled || stored.Batches.All(batch => batch.State != DeliveryState.Archiving)) return true;
        await ShareAsync(); // Whoever takes it up after a restart goes on with it.
        return false;
    });

    private static DeliveryState StateOf(SharePartitionState state, long offset)
    {
        if (offset < state.StartOffset) return DeliveryState.Archived;
        return state.Batches.FirstOrDefault(batch => batch.FirstOffset <= offset && offset <= batch.LastOffset).State;
    }

    /// <summary>The offsets whose dead letters are written.</summary>
    private HashSet<long> Letters()
    {
        var letters = new HashSet<long>();
        var log = LogOf(Queue);
        for (long next = 0; next < log.LogEndOffset;)
        {
            using var read = log.Read(next, 1 << 20, ReadBound.LogEnd);
            foreach (var batch in new StoredBatches(read.Records))
            {
                next = batch.NextOffset;
                foreach (var record in new BatchRecords(batch.Bytes))
                {
                    foreach (var header in record.Headers)
                    {
                        if (header.Name == "__dlq.errors.offset") letters.Add(long.Parse(Encoding.UTF8.GetString(header.Value!.Value.Span), CultureInfo.InvariantCulture));
                    }
                }
            }
        }
        return letters;
    }

    private PartitionLog LogOf(string topic)
    {
        Assert.Equal(ErrorCode.None, _storage!.Partitions.Find(topic, 0, out var partition));
        return partition.Log;
    }
}
