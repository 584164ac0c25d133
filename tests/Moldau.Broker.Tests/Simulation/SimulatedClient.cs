using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.Protocol.Wire;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>What clients have in common: a broker behind a bad network, and the history that they write together.</summary>
internal abstract class SimulatedClient(SimulatedBroker broker, List<HistoryEvent> history, Random chance, int process)
{
    /// <summary>Versions without topic ids, and with the second version of transactions.</summary>
    private const short InitVersion = 5, ProduceVersion = 12, FetchVersion = 12;

    private const short ProduceByIdVersion = 13, FetchByIdVersion = 13;

    private const int LateOdds = 10;

    private readonly List<Func<Task>> _underWay = [];
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

    /// <summary>Something comes to the broker that the client sent long ago, or nothing does.</summary>
    public async Task MeetLateAsync()
    {
        if (_underWay.Count == 0 || chance.Next(LateOdds) > 0) return;
        int at = chance.Next(_underWay.Count);
        var come = _underWay[at];
        _underWay.RemoveAt(at);
        await come();
    }

    /// <summary>Asks once, twice or in vain. Null: no answer came, whatever became of the request.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="version">The version of the request.</param>
    /// <param name="late">What there is to say if it comes late, or again; null where it never does.</param>
    public async Task<TResponse?> AskAsync<TRequest, TResponse>(TRequest request, short version, LateArrival<TResponse>? late = null)
        where TRequest : IRequest<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        await MeetLateAsync();
        var luck = NextLuck(late is not null);
        if (luck is Luck.RequestLate or Luck.RequestLateAgain)
            Delay(late!, async connection => late!.Came(await broker.AskAsync<TRequest, TResponse>(request, version, connection)));
        if (luck is Luck.RequestLost or Luck.RequestLate) return null;
        if (luck == Luck.RequestRepeated) await broker.AskAsync<TRequest, TResponse>(request, version, Connection());
        var answer = await broker.AskAsync<TRequest, TResponse>(request, version, Connection());
        return luck == Luck.AnswerLost ? null : answer;
    }

    /// <summary>Asks, with the same luck, for what may be parked while this client and others go on.</summary>
    public ParkedAnswer<TResponse> Park<TRequest, TResponse>(TRequest request, short version, LateArrival<TResponse>? late = null)
        where TRequest : IRequest<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        var luck = NextLuck(late is not null);
        var asked = new List<Task<TResponse?>>();
        int times = luck switch { Luck.RequestLost or Luck.RequestLate => 0, Luck.RequestRepeated => 2, _ => 1 };
        while (asked.Count < times) asked.Add(broker.BeginAsync<TRequest, TResponse>(request, version, Connection()));
        var heard = luck == Luck.AnswerLost ? null : asked.LastOrDefault();
        if (luck is Luck.RequestLate or Luck.RequestLateAgain)
        {
            Delay(late!, connection =>
            {
                asked.Add(broker.BeginAsync<TRequest, TResponse>(request, version, connection));
                return Task.CompletedTask;
            });
        }
        return new(broker, asked, heard);
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

    private Luck NextLuck(bool mayBeLate)
    {
        if (IsReliable) return Luck.Good;
        if (mayBeLate && chance.Next(6) == 0) return chance.Next(5) == 0 ? Luck.RequestLate : Luck.RequestLateAgain;
        return (Luck)Math.Min(chance.Next(30), (int)Luck.Good);
    }

    /// <summary>It dies with its connection, if the broker hears of that, and with the broker.</summary>
    private void Delay<TResponse>(LateArrival<TResponse> late, Func<CancellationToken, Task> send) where TResponse : class
    {
        var (connection, life) = (Connection(), broker.Lives);
        _underWay.Add(async () =>
        {
            if (broker.IsDown || life != broker.Lives || connection.IsCancellationRequested || !late.MayCome()) return;
            late.Coming();
            await send(connection);
        });
    }

    public Task<InitProducerIdResponse?> NewProducerAsync(string? transactionalId, short version = InitVersion)
    {
        var request = new InitProducerIdRequest { TransactionalId = transactionalId, TransactionTimeoutMs = 60_000, ProducerEpoch = -1 };
        return AskAsync(request, version, LateArrival<InitProducerIdResponse>.Unnoticed);
    }

    public byte[] Batch(BatchOptions options, IEnumerable<string> values)
    {
        using var batch = new BatchBuilder(options);
        foreach (string value in values) batch.Append(broker.Now.ToUnixTimeMilliseconds(), key: null, System.Text.Encoding.UTF8.GetBytes(value));
        return batch.Build().ToArray();
    }

    /// <summary>The partition's answer; null where none came.</summary>
    public Task<ProduceResponse.PartitionProduceResponse?> ProduceAsync(
        string topic, int partition, byte[] batch, string? transactionalId = null, short version = ProduceVersion) =>
        ProduceAsync(new ProduceRequest.TopicProduceData { Name = topic, PartitionData = [new() { Index = partition, Records = batch }] }, transactionalId, version);

    protected Task<ProduceResponse.PartitionProduceResponse?> ProduceAsync(Guid topic, int partition, byte[] batch) =>
        ProduceAsync(new ProduceRequest.TopicProduceData { TopicId = topic, PartitionData = [new() { Index = partition, Records = batch }] }, transactionalId: null, ProduceByIdVersion);

    private async Task<ProduceResponse.PartitionProduceResponse?> ProduceAsync(ProduceRequest.TopicProduceData data, string? transactionalId, short version)
    {
        var request = new ProduceRequest
        {
            TransactionalId = transactionalId,
            Acks = -1,
            TimeoutMs = 30_000,
            TopicData = [data],
        };
        return (await AskAsync(request, version, LateArrival<ProduceResponse>.Unnoticed))?.Responses[0].PartitionResponses[0];
    }

    protected Task<FetchResponse.PartitionData?> FetchAsync(string topic, int partition, long offset) =>
        FetchAsync(new FetchRequest.FetchTopic { Topic = topic }, partition, offset, FetchVersion);

    protected Task<FetchResponse.PartitionData?> FetchAsync(Guid topic, int partition, long offset) =>
        FetchAsync(new FetchRequest.FetchTopic { TopicId = topic }, partition, offset, FetchByIdVersion);

    private async Task<FetchResponse.PartitionData?> FetchAsync(FetchRequest.FetchTopic topic, int partition, long offset, short version)
    {
        topic.Partitions = [new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = chance.Next(1, 2_000) }];
        var request = new FetchRequest
        {
            SessionEpoch = -1,
            IsolationLevel = 1,
            MaxBytes = 1 << 20,
            Topics = [topic],
        };
        return (await AskAsync<FetchRequest, FetchResponse>(request, version))?.Responses[0].Partitions[0];
    }

    private enum Luck
    {
        RequestLost,
        RequestRepeated,
        AnswerLost,
        Good,

        /// <summary>When the client has given it up already.</summary>
        RequestLate,

        /// <summary>Once in time, and once more when the client has gone on.</summary>
        RequestLateAgain,
    }
}
