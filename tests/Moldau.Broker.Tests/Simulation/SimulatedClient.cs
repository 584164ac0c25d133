using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.Protocol.Wire;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>What clients have in common: a broker behind a bad network, and the history that they write together.</summary>
internal abstract class SimulatedClient(SimulatedBroker broker, List<HistoryEvent> history, Random chance, int process)
{
    /// <summary>Versions without topic ids, and with the second version of transactions.</summary>
    protected const short ProduceVersion = 12, FetchVersion = 12;

    private CancellationTokenSource _connection = new();
    private int _connectedTo, _lives;

    /// <summary>What it heard last that was not as it wished.</summary>
    public string Trouble { get; set; } = "";

    public Random Chance => chance;

    public int Process => process;

    public long NowMs => broker.Now.ToUnixTimeMilliseconds();

    /// <summary>The network is as good as it gets from here on.</summary>
    public bool IsReliable { get; set; }

    /// <summary>Tells apart the processes that the client is one after the other.</summary>
    public int BeginLife() => ++_lives;

    /// <summary>One thing that the client does next.</summary>
    public abstract Task StepAsync();

    public override string ToString() => $"{GetType().Name} {process} {Trouble}";

    public void Note(HistoryEvent happened) => history.Add(happened);

    /// <summary>Asks once, twice or in vain. Null: no answer came, whatever became of the request.</summary>
    public async Task<TResponse?> AskAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : IRequest<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        var luck = NextLuck();
        if (luck == Luck.RequestLost) return null;
        if (luck == Luck.RequestRepeated) await broker.AskAsync<TRequest, TResponse>(request, version, Connection());
        var answer = await broker.AskAsync<TRequest, TResponse>(request, version, Connection());
        return luck == Luck.AnswerLost ? null : answer;
    }

    /// <summary>Asks, with the same luck, for what may be parked while this client and others go on.</summary>
    public ParkedAnswer<TResponse> Park<TRequest, TResponse>(TRequest request, short version)
        where TRequest : IRequest<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        var luck = NextLuck();
        var asked = new List<Task<TResponse?>>();
        int times = luck switch { Luck.RequestLost => 0, Luck.RequestRepeated => 2, _ => 1 };
        while (asked.Count < times) asked.Add(broker.BeginAsync<TRequest, TResponse>(request, version, Connection()));
        return new(broker, asked, luck == Luck.AnswerLost ? null : asked.LastOrDefault());
    }

    /// <summary>The broker learns that the connection is closed.</summary>
    public void Disconnect()
    {
        if (_connectedTo == broker.Lives) _connection.Cancel();
        _connectedTo = 0;
    }

    /// <summary>To the broker as it is: its death closes no connection that it could hear of.</summary>
    private CancellationToken Connection()
    {
        if (_connectedTo != broker.Lives) (_connection, _connectedTo) = (new CancellationTokenSource(), broker.Lives);
        return _connection.Token;
    }

    private Luck NextLuck()
    {
        int luck = IsReliable ? (int)Luck.Good : chance.Next(30);
        return (Luck)Math.Min(luck, (int)Luck.Good);
    }

    protected Task<InitProducerIdResponse?> NewProducerAsync(string? transactionalId)
    {
        var request = new InitProducerIdRequest { TransactionalId = transactionalId, TransactionTimeoutMs = 60_000, ProducerEpoch = -1 };
        return AskAsync<InitProducerIdRequest, InitProducerIdResponse>(request, version: 5);
    }

    protected byte[] Batch(BatchOptions options, IEnumerable<string> values)
    {
        using var batch = new BatchBuilder(options);
        foreach (string value in values) batch.Append(broker.Now.ToUnixTimeMilliseconds(), key: null, System.Text.Encoding.UTF8.GetBytes(value));
        return batch.Build().ToArray();
    }

    /// <summary>The partition's answer; null where none came.</summary>
    protected async Task<ProduceResponse.PartitionProduceResponse?> ProduceAsync(string topic, int partition, byte[] batch, string? transactionalId = null)
    {
        var request = new ProduceRequest
        {
            TransactionalId = transactionalId,
            Acks = -1,
            TimeoutMs = 30_000,
            TopicData = [new() { Name = topic, PartitionData = [new() { Index = partition, Records = batch }] }],
        };
        return (await AskAsync<ProduceRequest, ProduceResponse>(request, ProduceVersion))?.Responses[0].PartitionResponses[0];
    }

    protected async Task<FetchResponse.PartitionData?> FetchAsync(string topic, int partition, long offset)
    {
        var request = new FetchRequest
        {
            SessionEpoch = -1,
            IsolationLevel = 1,
            MaxBytes = 1 << 20,
            Topics = [new() { Topic = topic, Partitions = [new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = chance.Next(1, 2_000) }] }],
        };
        return (await AskAsync<FetchRequest, FetchResponse>(request, FetchVersion))?.Responses[0].Partitions[0];
    }

    private enum Luck
    {
        RequestLost,
        RequestRepeated,
        AnswerLost,
        Good,
    }
}
