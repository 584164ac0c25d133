using Moldau.Coordination.Tests.Groups;
using Moldau.Coordination.Transactions;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Transactions;

/// <summary>The requests that the commands of a scenario stand for. The subject of a command is the transactional id.</summary>
internal static class TransactionScenarioRequests
{
    public static object Of(ScenarioLine line) => line.Verb switch
    {
        "init" => new InitProducerIdRequest
        {
            TransactionalId = line.Subject,
            TransactionTimeoutMs = line.Number("timeout", 60_000),
            ProducerId = line.Number("producer", -1),
            ProducerEpoch = (short)line.Number("epoch", -1),
        },
        "add" or "verify" => new AddPartitions(line.Subject, Producer(line), [.. line.Pairs("to").Select(pair => Partition(pair.Name))])
        {
            OnlyVerifies = line.Verb == "verify",
            ClientVersion = (short)line.Number("level", 2),
        },
        "commit" or "abort" => new EndTransaction(line.Subject, Producer(line), line.Verb == "commit")
        {
            ClientVersion = (short)(line.Number("v", 5) >= 5 ? 2 : 0),
        },
        "describe" => new DescribeTransaction(line.Subject),
        "list" => new TransactionFilter
        {
            Statuses = line.TextOrNull("states") is null ? null : [.. line.Pairs("states").Select(pair => Enum.Parse<TransactionStatus>(pair.Name))],
            ProducerIds = line.Pairs("producers").Select(pair => long.Parse(pair.Name)).ToHashSet(),
            DurationMs = line.Number("longer-than", -1),
            Matches = id => line.TextOrNull("like") is not { } part || id.Contains(part, StringComparison.Ordinal),
        },
        _ => throw new ArgumentException($"No such command: {line.Verb}", nameof(line)),
    };

    private static TransactionalProducer Producer(ScenarioLine line) => new(line.Number("producer", 101), (short)line.Number("epoch", 0));

    private static TopicPartition Partition(string text)
    {
        int dash = text.LastIndexOf('-');
        return new TopicPartition(text[..dash], int.Parse(text.AsSpan(dash + 1)));
    }
}
