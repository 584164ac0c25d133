using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Conformance.NewestVersions;

/// <summary>
/// A producer of transaction version 2: its first batch, or commit of offsets, begins a transaction and adds the partition, and each end gives it another epoch.
/// </summary>
internal sealed class NewestProducer(NewestClient client, string transactionalId)
{
    /// <summary>The last version in which a write does not add its partition to the transaction.</summary>
    private const short ProduceThatAddsNothing = 11;

    private readonly Dictionary<(Guid Topic, int Partition), int> _sequences = [];
    private long _id = -1;
    private short _epoch = -1;

    public string TransactionalId => transactionalId;

    public (long Id, short Epoch) Pair => (_id, _epoch);

    /// <summary>Waits for the end of the transaction that the id may have open, which this aborts.</summary>
    public async Task InitializeAsync()
    {
        InitProducerIdResponse? started = null;
        await Patiently.UntilAsync(async () =>
        {
            started = await client.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(
                new() { TransactionalId = transactionalId, TransactionTimeoutMs = 60_000, ProducerId = -1, ProducerEpoch = -1 });
            return started.ErrorCode != ErrorCode.ConcurrentTransactions;
        });
        Assert.Equal(ErrorCode.None, started!.ErrorCode);
        Begin(started.ProducerId, started.ProducerEpoch);
    }

    public async Task<ErrorCode> ProduceAsync(NewestTopic topic, int partition, IReadOnlyCollection<int> numbers)
    {
        var answer = await client.AskAsync<ProduceRequest, ProduceResponse>(RequestFor(topic, partition, numbers));
        Assert.Equal(topic.Id, answer.Responses[0].TopicId);
        return answer.Responses[0].PartitionResponses[0].ErrorCode;
    }

    /// <summary>Writes without the coordinator's knowledge, which works where nobody verifies it.</summary>
    public async Task<ErrorCode> ProduceUnknownAsync(NewestTopic topic, int partition, IReadOnlyCollection<int> numbers) =>
        (await client.AskAsync<ProduceRequest, ProduceResponse>(RequestFor(topic, partition, numbers), ProduceThatAddsNothing))
            .Responses[0].PartitionResponses[0].ErrorCode;

    public async Task<ErrorCode> CommitOffsetAsync(Committer by, Guid topic, int partition, long offset)
    {
        var answer = await client.AskAsync<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(new()
        {
            TransactionalId = transactionalId,
            ProducerId = _id,
            ProducerEpoch = _epoch,
            GroupId = by.Group,
            MemberId = by.MemberId,
            GroupInstanceId = by.Instance,
            GenerationIdOrMemberEpoch = by.GenerationOrEpoch,
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

    private ProduceRequest RequestFor(NewestTopic topic, int partition, IReadOnlyCollection<int> numbers)
    {
        int sequence = _sequences.GetValueOrDefault((topic.Id, partition));
        _sequences[(topic.Id, partition)] = sequence + numbers.Count;
        var options = new BatchOptions
        {
            ProducerId = _id,
            ProducerEpoch = _epoch,
            BaseSequence = sequence,
            Kind = BatchAttributes.Transactional,
        };
        return new ProduceRequest
        {
            TransactionalId = transactionalId,
            Acks = -1,
            TimeoutMs = 10_000,
            TopicData =
            [
                new() { Name = topic.Name, TopicId = topic.Id, PartitionData = [new() { Index = partition, Records = NewestTopic.BatchOf(options, numbers) }] },
            ],
        };
    }

    private void Begin(long id, short epoch)
    {
        (_id, _epoch) = (id, epoch);
        _sequences.Clear();
    }
}
