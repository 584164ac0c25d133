using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Config;
using Moldau.Broker.Hosting;
using Moldau.Broker.Tests.Topics;
using Moldau.Broker.Topics;
using Moldau.Coordination;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Offsets;
using Moldau.Coordination.Transactions;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Hosting;

/// <summary>One producer and the coordinators of a broker that is killed again and again; remembers what was asked and what was answered.</summary>
internal sealed class TransactionRun(int seed)
{
    private const string Id = "x", Group = "g", Topic = "t";
    private const int Partitions = 2;

    private static readonly RequestContext Context = new() { Api = ApiKey.TxnOffsetCommit, Version = 5 };

    private readonly SimulatedDisk _disk = new(seed);
    private readonly List<Attempt> _attempts = [];
    private readonly HashSet<(long ProducerId, short Epoch)> _keptEpochs = [];
    private StoredCluster? _cluster;
    private BrokerStorage? _storage;
    private BrokerCoordinators? _coordinators;

    public bool IsKilled => _disk.IsOff;

    /// <summary>A transaction that wrote its own number everywhere. Its outcome is null as long as nobody was told it.</summary>
    private sealed record Attempt(int Number, bool AsksToCommit)
    {
        public bool WroteAll { get; set; }

        public bool? IsCommitted { get; set; }
    }

    public async Task StartAsync()
    {
        _cluster ??= new StoredCluster { Files = _disk, Properties = { ["transaction.state.log.num.partitions"] = "1", ["offsets.topic.num.partitions"] = "1" } };
        _storage = await _cluster.OpenAsync();
        _coordinators = new BrokerCoordinators(_storage, _cluster.Time, NullLoggerFactory.Instance);
        _coordinators.Start();
        if (_storage.Metadata.Image.Topics.ByName.ContainsKey(Topic)) return;
        await StoredCluster.CreateAsync(_storage, Topic, Partitions);
        Assert.Equal(ErrorCode.None, await _coordinators.Groups.EnsureTopicAsync());
        Assert.Equal(ErrorCode.None, await _coordinators.Transactions.EnsureTopicAsync());
    }

    public async Task StopAsync()
    {
        await _coordinators!.DisposeAsync();
        if (!IsKilled) await _storage!.DisposeAsync();
    }

    public void KillAfter(int operations) => _disk.CutAt = _disk.Operations + operations;

    /// <summary>One transaction of either version, as far as it comes.</summary>
    public async Task TransactAsync(Random random)
    {
        var attempt = new Attempt(_attempts.Count, AsksToCommit: random.Next(4) > 0);
        short version = (short)(random.Next(2) * TransactionVersions.EpochBump);
        try
        {
            var started = await AskAsync<InitProducerIdResponse>(
                new InitProducerIdRequest { TransactionalId = Id, TransactionTimeoutMs = 60_000, ProducerId = -1, ProducerEpoch = -1 },
                ProducerInitialization.Refusal);
            if (started.ErrorCode != ErrorCode.None) return;
            _attempts.Add(attempt);
            var producer = new TransactionalProducer(started.ProducerId, started.ProducerEpoch);
            if (version < TransactionVersions.EpochBump) _keptEpochs.Add((producer.ProducerId, producer.Epoch));
            attempt.WroteAll = await WriteAsync(attempt, producer, version);
            // Some are left open for the next producer, or for the timeout.
            if (!attempt.WroteAll || random.Next(8) == 0) return;
            var end = new EndTransaction(Id, producer, attempt.AsksToCommit) { ClientVersion = version };
            var ended = await AskAsync<EndTxnResponse>(end, TransactionEnding.Refusal);
            if (ended.ErrorCode == ErrorCode.None) attempt.IsCommitted = attempt.AsksToCommit;
        }
        catch (PowerCutException)
        {
            // Whoever asked hears nothing more.
        }
    }

    /// <summary>Starts anew on what the disk has, and returns the states in which transactions were found.</summary>
    public async Task<HashSet<TransactionStatus>> RestartAsync()
    {
        await StopAsync();
        _disk.RestartAfterKill();
        await StartAsync();
        var found = Stored();
        // What is open is over its time; what is decided goes on by itself.
        await Patiently.UntilAsync(() => !Stored().Any(status => status is TransactionStatus.PrepareCommit or TransactionStatus.PrepareAbort));
        await Patiently.UntilAsync(async () => (await AskAsync<InitProducerIdResponse>(
            new InitProducerIdRequest { TransactionalId = Id, TransactionTimeoutMs = 60_000, ProducerId = -1, ProducerEpoch = -1 },
            ProducerInitialization.Refusal)).ErrorCode != ErrorCode.ConcurrentTransactions);
        return found;
    }

    /// <summary>
    /// Nothing stays open, every transaction whose end raises the epoch has one marker in each partition at most, all partitions and the offsets agree on its outcome, and
    /// that is the one that was told.
    /// </summary>
    public void Check(string where)
    {
        var visible = new HashSet<int>[Partitions];
        for (int index = 0; index < Partitions; index++)
        {
            var log = LogOf(Topic, index);
            Assert.True(log.LastStableOffset == log.LogEndOffset, $"{where}: {log.Name} has a transaction open.");
            visible[index] = Committed(log, where);
        }
        foreach (var attempt in _attempts)
        {
            bool[] isVisible = [.. visible.Select(numbers => numbers.Contains(attempt.Number))];
            Assert.True(isVisible.Distinct().Count() == 1, $"{where}: transaction {attempt.Number} counts in one partition and not in the other.");
            Assert.True(attempt.IsCommitted is null || attempt.IsCommitted == isVisible[0], $"{where}: transaction {attempt.Number} was told otherwise.");
            Assert.False(isVisible[0] && !(attempt.WroteAll && attempt.AsksToCommit), $"{where}: transaction {attempt.Number} counts and nobody committed it.");
        }
        long expected = visible[0].Count == 0 ? -1 : visible[0].Max();
        var offsets = LogOf("__consumer_offsets", 0);
        Assert.True(offsets.LastStableOffset == offsets.LogEndOffset, $"{where}: offsets are pending.");
        Assert.Equal((where, expected), (where, CommittedOffset()));
    }

    private static byte[] Bytes(int number) => BitConverter.GetBytes(number);

    private async Task<bool> WriteAsync(Attempt attempt, TransactionalProducer producer, short version)
    {
        for (int index = 0; index < Partitions; index++)
        {
            if (!await AddAsync(new TopicPartition(Topic, index), producer, version)) return false;
            using var batch = new BatchBuilder(new BatchOptions
            {
                ProducerId = producer.ProducerId,
                ProducerEpoch = producer.Epoch,
                BaseSequence = 0,
                Kind = BatchAttributes.Transactional,
            });
            var log = LogOf(Topic, index);
            var appended = log.Append(batch.Append(0, key: null, Bytes(attempt.Number)).Build(), new AppendContext
            {
                LeaderEpoch = 0,
                TransactionsEnded = log.TransactionOf(producer.ProducerId).Ended,
            });
            // A client of the first version goes on with its sequences; here each transaction begins anew, with an epoch of its own.
            if (appended.Error != ErrorCode.None) return false;
        }
        if (!await AddAsync(_coordinators!.Groups.PartitionOf(Group), producer, version)) return false;
        var request = new TxnOffsetCommitRequest
        {
            GroupId = Group,
            Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = 0, CommittedOffset = attempt.Number }] }],
        };
        var committed = await _coordinators.Groups.AskAsync(
            Context, Group, new CommitInTransaction(request, producer), error => TransactionalCommits.Refusal(request, error));
        return committed!.Topics[0].Partitions[0].ErrorCode == ErrorCode.None;
    }

    private async Task<bool> AddAsync(TopicPartition partition, TransactionalProducer producer, short version)
    {
        var request = new AddPartitions(Id, producer, [partition]) { ClientVersion = version };
        return (await AskAsync<PartitionsInTransaction>(request, error => new PartitionsInTransaction(error))).Error == ErrorCode.None;
    }

    private async Task<TAnswer> AskAsync<TAnswer>(object request, Func<ErrorCode, TAnswer> refuse) where TAnswer : class =>
        await _coordinators!.Transactions.AskAsync(Id, request, refuse, ErrorCode.NotCoordinator);

    private PartitionLog LogOf(string topic, int index)
    {
        Assert.Equal(ErrorCode.None, _storage!.Partitions.Find(topic, index, out var partition));
        return partition.Log;
    }

    /// <summary>The states in the records, whatever the coordinator makes of them meanwhile.</summary>
    private HashSet<TransactionStatus> Stored()
    {
        Assert.Equal(ErrorCode.None, _storage!.Partitions.Find("__transaction_state", 0, out var partition));
        var durable = new DurableTransactions();
        new CoordinatorLog(partition).Replay(TransactionRecords.Read, (record, _) => durable.Apply(record));
        return [.. durable.All.Values.Select(transaction => transaction.Status)];
    }

    private long CommittedOffset()
    {
        Assert.Equal(ErrorCode.None, _storage!.Partitions.Find("__consumer_offsets", 0, out var partition));
        var durable = new DurableGroups();
        new CoordinatorLog(partition).Replay(GroupRecords.Read, (record, _) => durable.Apply(record));
        return durable.Offset(Group, new TopicPartition(Topic, 0))?.Offset ?? -1;
    }

    /// <summary>The numbers that a reader at read_committed sees.</summary>
    private HashSet<int> Committed(PartitionLog log, string where)
    {
        var committed = new HashSet<int>();
        var open = new Dictionary<long, List<int>>();
        var ended = new HashSet<(long ProducerId, short Epoch)>();
        for (long next = log.LogStartOffset; next < log.LogEndOffset;)
        {
            using var read = log.Read(next, 1 << 20, ReadBound.LogEnd);
            foreach (var batch in new StoredBatches(read.Records))
            {
                next = batch.NextOffset;
                if (Log.Producers.TransactionMarker.Read(batch.Bytes.Span, batch.Header) is { } marker)
                {
                    // Each transaction here has an epoch of its own.
                    var transaction = (batch.Header.ProducerId, batch.Header.ProducerEpoch);
                    bool mayBeEnded = ended.Add(transaction) || _keptEpochs.Contains(transaction);
                    Assert.True(mayBeEnded, $"{where}: {log.Name} has a second marker before {next}.");
                    if (open.Remove(batch.Header.ProducerId, out var numbers) && marker.IsCommit) committed.UnionWith(numbers);
                    continue;
                }
                if (!open.TryGetValue(batch.Header.ProducerId, out var written)) open.Add(batch.Header.ProducerId, written = []);
                foreach (var record in new BatchRecords(batch.Bytes)) written.Add(BitConverter.ToInt32(record.Value!.Value.Span));
            }
        }
        return committed;
    }
}
