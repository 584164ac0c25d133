using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Benchmarks;

internal static class BenchTopic
{
    public const string Name = "bench";

    public static async Task CreateAsync(BrokerProcess broker, int partitions)
    {
        using var connection = new WireConnection(broker.Bootstrap);
        var response = await connection.AskAsync<CreateTopicsRequest, CreateTopicsResponse>(
            new() { Topics = [new() { Name = Name, NumPartitions = partitions, ReplicationFactor = 1 }], TimeoutMs = 60_000 }, version: 7);
        Expect(response.Topics[0].ErrorCode, "The topic");
    }

    public static void Expect(ErrorCode error, string what)
    {
        if (error != ErrorCode.None) throw new InvalidOperationException($"{what} was refused: {error}.");
    }
}
