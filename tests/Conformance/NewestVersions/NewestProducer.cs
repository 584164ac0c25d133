using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Conformance.NewestVersions;

/// <summary>
/// A producer of transaction version 2: its first batch, or commit of offsets, begins a transaction and adds the partition, and each end gives it another epoch.
/// </summary>
internal sealed class NewestProducer(NewestClient client, string transactionalId)
{
    private const int AttemptsMax = 10_000;

    private readonly Dictionary<(Guid Topic, int Partition), int> _sequences = [];
    private long _id = -1;
    private short _epoch = -1;

    public string TransactionalId => transactionalId;

    public (long Id, short Epoch) Pair => (_id, _epoch);

    public async Task InitializeAsync()
    {
        for (int attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var started = await client.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(
                new() { TransactionalId = transactionalId, TransactionTimeoutMs = 60_000, ProducerId = -1, ProducerEpoch = -1 });
            if (started.ErrorCode == ErrorCode.ConcurrentTransactions) continue;
            Assert.Equal(ErrorCode.None, started.ErrorCode);
            Begin(started.ProducerId, started.ProducerEpoch);
            return;
        }
        Assert.Fail("The transaction before did not come to its end.");
    }

    public async Task<ErrorCode> ProduceAsync(Guid topic, int partition, IReadOnlyList<byte[]> values)
    {
        int sequence = _sequences.GetValueOrDefault((topic, partition));
        using var batch = new BatchBuilder(new BatchOptions
        {
            ProducerId = _id,
            ProducerEpoch = _epoch,
            BaseSequence = sequence,
            Kind = BatchAttributes.Transactional,
        });
        foreach (byte[] value in values) batch.Append(1_700_000_000_000, null, value);
        var answer = await client.AskAsync<ProduceRequest, ProduceResponse>(new()
        {
            TransactionalId = transactionalId,
            Acks = -1,
            TimeoutMs = 10_000,
            TopicData = [new() { TopicId = topic, PartitionData = [new() { Index = partition, Records = batch.BuildArray() }] }],
        });
        Assert.Equal(topic, answer.Responses[0].TopicId);
        _sequences[(topic, partition)] = sequence + values.Count;
        return answer.Responses[0].PartitionResponses[0].ErrorCode;
    }

    public async Task<ErrorCode> CommitOffsetAsync(string group, NewestMember member, Guid topic, int partition, long offset)
    {
        var answer = await client.AskAsync<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(new()
        {
            TransactionalId = transactionalId,
            ProducerId = _id,
            ProducerEpoch = _epoch,
            GroupId = group,
            MemberId = member.Id,
            GenerationIdOrMemberEpoch = member.Generation,
            Topics = [new() { TopicId = topic, Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset }] }],
        });
        return answer.Topics[0].Partitions[0].ErrorCode;
    }

    public async Task EndAsync(bool commits)
    {
        var ended = await client.AskAsync<EndTxnRequest, EndTxnResponse>(
            new() { TransactionalId = transactionalId, ProducerId = _id, ProducerEpoch = _epoch, Committed = commits });
        Assert.Equal(ErrorCode.None, ended.ErrorCode);
        Assert.True(ended.ProducerId != _id || ended.ProducerEpoch == _epoch + 1, $"{Pair} became {(ended.ProducerId, ended.ProducerEpoch)}.");
        Begin(ended.ProducerId, ended.ProducerEpoch);
    }

    private void Begin(long id, short epoch)
    {
        (_id, _epoch) = (id, epoch);
        _sequences.Clear();
    }
}
