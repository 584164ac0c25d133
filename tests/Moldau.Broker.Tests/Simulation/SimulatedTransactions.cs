using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// What a transactional producer says: as clients do since KIP-890, whose epoch goes up with each transaction, or as those before. They keep it,
/// number their batches on, and name all that they write to before they do.
/// </summary>
internal sealed class SimulatedTransactions(SimulatedClient client, string transactionalId, bool raisesEpochs)
{
    private const short FindVersion = 6, AddPartitionsVersion = 3, AddOffsetsVersion = 3;
    private const int TriesMax = 100;

    private readonly Dictionary<int, int> _sequences = [];
    private (long Id, short Epoch)? _producer;
    private EndTxnRequest? _ended;
    private int _starts, _transactions;

    public bool IsStarted => _producer is not null;

    private short InitVersion => (short)(raisesEpochs ? 5 : 4);

    private short ProduceVersion => (short)(raisesEpochs ? 12 : 11);

    private short CommitVersion => (short)(raisesEpochs ? 5 : 4);

    private short EndVersion => (short)(raisesEpochs ? 5 : 4);

    /// <summary>The name under which the transaction that begins now is known.</summary>
    public string Begin() => $"{transactionalId}#{++_transactions}";

    /// <summary>It does not know how its last transaction ended, or what of it arrived.</summary>
    public void Forget()
    {
        _producer = null;
        _sequences.Clear();
    }

    public async Task<bool> StartAsync()
    {
        var answer = await client.NewProducerAsync(transactionalId, InitVersion);
        client.Trouble = $"new producer: {answer?.ErrorCode}";
        if (answer?.ErrorCode == ErrorCode.NotCoordinator)
        {
            var request = new FindCoordinatorRequest { KeyType = 1, CoordinatorKeys = [transactionalId] };
            await client.AskAsync<FindCoordinatorRequest, FindCoordinatorResponse>(request, FindVersion);
            return false;
        }
        if (answer?.ErrorCode != ErrorCode.None) return false;
        _starts++;
        Become(answer.ProducerId, answer.ProducerEpoch);
        return true;
    }

    /// <summary>The batch that comes next in the partition, and is taken to be there from here on.</summary>
    public byte[] NextBatch(int partition, IReadOnlyCollection<string> values)
    {
        var (id, epoch) = _producer!.Value;
        int sequence = _sequences.GetValueOrDefault(partition);
        _sequences[partition] = sequence + values.Count;
        var options = new BatchOptions { ProducerId = id, ProducerEpoch = epoch, BaseSequence = sequence, Kind = BatchAttributes.Transactional };
        return client.Batch(options, values);
    }

    /// <summary>The transaction before may still be on its way to its end, which is waited for. Null: nothing says what became of it.</summary>
    public async Task<ProduceResponse.PartitionProduceResponse?> WriteAsync(string topic, int partition, byte[] batch)
    {
        if (!raisesEpochs && await AddPartitionAsync(topic, partition) is var error && error != ErrorCode.None)
            return new() { ErrorCode = error ?? ErrorCode.RequestTimedOut };
        var answer = await SendAsync(topic, partition, batch);
        for (int tries = 0; answer?.ErrorCode == ErrorCode.ConcurrentTransactions && tries < TriesMax; tries++)
        {
            await Task.Yield();
            answer = await SendAsync(topic, partition, batch);
        }
        return answer;
    }

    public Task<ProduceResponse.PartitionProduceResponse?> SendAsync(string topic, int partition, byte[] batch) =>
        client.ProduceAsync(topic, partition, batch, transactionalId, ProduceVersion);

    /// <summary>Has the position count with the transaction; what is answered is noted, also if it is asked late.</summary>
    public async Task<ErrorCode?> CommitOffsetAsync(GroupMembership member, LogPosition position, Action<ErrorCode?> note)
    {
        if (!raisesEpochs && await AddOffsetsAsync(member.Group) is var error && error != ErrorCode.None) return error;
        var (id, epoch) = _producer!.Value;
        var request = new TxnOffsetCommitRequest
        {
            TransactionalId = transactionalId,
            GroupId = member.Group,
            ProducerId = id,
            ProducerEpoch = epoch,
            GenerationIdOrMemberEpoch = member.Generation,
            MemberId = member.Member,
            GroupInstanceId = member.Instance,
            Topics = [new() { Name = position.Topic, Partitions = [new() { PartitionIndex = position.Partition, CommittedOffset = position.Offset }] }],
        };
        var late = LateOfThis<TxnOffsetCommitResponse>() with { Came = answer => note(ErrorOf(answer)) };
        var committed = ErrorOf(await client.AskAsync(request, CommitVersion, late));
        note(committed);
        return committed;
    }

    public async Task<ErrorCode?> EndAsync(bool isCommit)
    {
        var (id, epoch) = _producer!.Value;
        var request = new EndTxnRequest { TransactionalId = transactionalId, ProducerId = id, ProducerEpoch = epoch, Committed = isCommit };
        _ended = request;
        var answer = await client.AskAsync(request, EndVersion, LateOfThis<EndTxnResponse>());
        if (answer?.ErrorCode == ErrorCode.None && raisesEpochs) Become(answer.ProducerId, answer.ProducerEpoch);
        return answer?.ErrorCode;
    }

    /// <summary>The end of the transaction before comes again, in the midst of this one.</summary>
    public async Task EndFormerAsync()
    {
        if (raisesEpochs && _ended is { } ended) await client.AskAsync<EndTxnRequest, EndTxnResponse>(ended, EndVersion);
    }

    private void Become(long id, short epoch)
    {
        _producer = (id, epoch);
        _sequences.Clear();
    }

    private async Task<ErrorCode?> AddPartitionAsync(string topic, int partition)
    {
        ErrorCode? error = ErrorCode.ConcurrentTransactions;
        for (int tries = 0; error == ErrorCode.ConcurrentTransactions && tries < TriesMax; tries++)
        {
            await Task.Yield();
            var (id, epoch) = _producer!.Value;
            var answer = await client.AskAsync(new AddPartitionsToTxnRequest
            {
                V3AndBelowTransactionalId = transactionalId,
                V3AndBelowProducerId = id,
                V3AndBelowProducerEpoch = epoch,
                V3AndBelowTopics = [new() { Name = topic, Partitions = [partition] }],
            }, AddPartitionsVersion, LateArrival<AddPartitionsToTxnResponse>.Unnoticed);
            error = answer?.ResultsByTopicV3AndBelow[0].ResultsByPartition[0].PartitionErrorCode;
        }
        return error;
    }

    private async Task<ErrorCode?> AddOffsetsAsync(string group)
    {
        var (id, epoch) = _producer!.Value;
        var request = new AddOffsetsToTxnRequest { TransactionalId = transactionalId, ProducerId = id, ProducerEpoch = epoch, GroupId = group };
        return (await client.AskAsync(request, AddOffsetsVersion, LateArrival<AddOffsetsToTxnResponse>.Unnoticed))?.ErrorCode;
    }

    /// <summary>Where the epoch stays, what is of one transaction cannot be told from what is of the next: this is why KIP-890 raises it.</summary>
    private LateArrival<TResponse> LateOfThis<TResponse>() where TResponse : class
    {
        var (transactions, starts) = (_transactions, _starts);
        return new() { MayCome = () => raisesEpochs || transactions == _transactions || starts < _starts };
    }

    private static ErrorCode? ErrorOf(TxnOffsetCommitResponse? answer) => answer?.Topics[0].Partitions[0].ErrorCode;
}
