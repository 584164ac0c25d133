using Moldau.Broker.Hosting;
using Moldau.Broker.Tests.Net;
using Moldau.Broker.Tests.Topics;
using Moldau.Coordination.Transactions;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Tests.Hosting;

/// <summary>A directory that a newer Kafka has written to.</summary>
public sealed class UnknownTransactionRecordsTests
{
    private readonly EventLines _events = new();
    private readonly StoredCluster _cluster = new() { Properties = { ["transaction.state.log.num.partitions"] = "1" } };

    [Fact]
    public async Task Records_in_a_version_that_is_not_known_are_passed_over_and_told_once()
    {
        await using var storage = await _cluster.OpenAsync();
        await using (var first = new BrokerCoordinators(storage, _cluster.Time, _events))
        {
            Assert.Equal(ErrorCode.None, await first.Transactions.EnsureTopicAsync());
            Assert.Equal(0, (await InitializeAsync(first, "known")).ProducerEpoch);
        }
        Assert.Equal(ErrorCode.None, storage.Partitions.Find("__transaction_state", 0, out var partition));
        foreach (string id in new[] { "known", "other" })
            Assert.Equal(ErrorCode.None, partition.Log.Append(RecordOfNewerKafka(id), new AppendContext { LeaderEpoch = 0, Origin = AppendOrigin.Coordinator }).Error);
        _events.Take();

        await using var coordinators = new BrokerCoordinators(storage, _cluster.Time, _events);
        coordinators.Start();
        Assert.Equal(1, (await InitializeAsync(coordinators, "known")).ProducerEpoch);
        Assert.Equal(0, (await InitializeAsync(coordinators, "other")).ProducerEpoch);
        Assert.Single(_events.Take(), line => line.Contains("__transaction_state", StringComparison.Ordinal));
    }

    private static byte[] RecordOfNewerKafka(string transactionalId)
    {
        const short newerVersion = 2;
        using var key = new WireWriter();
        TransactionRecords.Gone(transactionalId).WriteKey(key);
        using var value = new WireWriter();
        value.WriteInt16(newerVersion);
        using var batch = new BatchBuilder();
        return batch.Append(0, key.Written.ToArray(), value.Written.ToArray()).BuildArray();
    }

    private static async Task<InitProducerIdResponse> InitializeAsync(BrokerCoordinators coordinators, string transactionalId)
    {
        var request = new InitProducerIdRequest { TransactionalId = transactionalId, TransactionTimeoutMs = 1_000, ProducerId = -1, ProducerEpoch = -1 };
        var answer = await coordinators.Transactions.AskAsync(transactionalId, request, ProducerInitialization.Refusal);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return answer;
    }
}
