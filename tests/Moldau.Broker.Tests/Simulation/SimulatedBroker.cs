using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Config;
using Moldau.Broker.Hosting;
using Moldau.Broker.Net;
using Moldau.Broker.Tests.Topics;
using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>A whole broker but for its sockets, on a simulated disk and clock, whose process or power may be gone at any operation of the disk.</summary>
internal sealed class SimulatedBroker : IAsyncDisposable
{
    /// <summary>How often a share group's record is delivered at most.</summary>
    public const int ShareDeliveryLimit = 3;

    private const int LooksPerTick = 1_000;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly ConnectionState Connection = new()
    {
        Id = 1,
        Listener = "SIMULATED",
        Remote = new(System.Net.IPAddress.Loopback, 1),
        Advertised = new("localhost", 9092),
    };

    private readonly SimulatedDisk _disk;
    private readonly StoredCluster _cluster;
    private readonly RequestHeadReader _heads = new();
    private BrokerMetrics? _metrics;
    private BrokerStorage? _storage;
    private BrokerCoordinators? _coordinators;
    private Dispatcher? _dispatcher;
    private CancellationTokenSource _life = new();
    private DateTimeOffset _coordinatedSince;
    private int _correlationId;

    public SimulatedBroker(int seed)
    {
        string sessionMs = EpochMembership.SessionMs.ToString(CultureInfo.InvariantCulture);
        _disk = new SimulatedDisk(seed);
        // Made, durably, before there is a broker.
        _disk.CreateDirectory(Path.GetDirectoryName(StoredCluster.LogPath)!);
        _disk.FlushDirectory("/");
        _cluster = new StoredCluster
        {
            Files = _disk,
            // As it is in service: with the journal, small enough to go round, and with all its threads.
            Options = given => given with { CommitMode = CommitMode.Journal, Threads = BackgroundThreads.Own, JournalFileBytes = 64 * 1024 },
            Properties =
            {
                ["transaction.state.log.num.partitions"] = "2",
                ["offsets.topic.num.partitions"] = "2",
                ["group.consumer.heartbeat.interval.ms"] = "5000",
                ["group.consumer.session.timeout.ms"] = sessionMs,
                ["group.consumer.min.session.timeout.ms"] = sessionMs,
                ["group.streams.session.timeout.ms"] = sessionMs,
                ["group.streams.min.session.timeout.ms"] = sessionMs,
                ["share.coordinator.state.topic.num.partitions"] = "2",
                ["share.coordinator.snapshot.update.records.per.snapshot"] = "5",
                ["group.share.record.lock.duration.ms"] = "15000",
                ["group.share.delivery.count.limit"] = ShareDeliveryLimit.ToString(CultureInfo.InvariantCulture),
            },
        };
    }

    /// <summary>Nothing is answered any more until the restart.</summary>
    public bool IsDown => _disk.IsOff;

    /// <summary>Files that cannot grow, by their paths.</summary>
    public Func<string, bool>? IsFull
    {
        set => _disk.IsFull = value;
    }

    /// <summary>What large requests and answers may take together.</summary>
    public MemoryBudget Memory { get; } = new(64 * 1024 * 1024);

    /// <summary>Counts the starts: a connection is to one of them.</summary>
    public int Lives { get; private set; }

    public DateTimeOffset Now => _cluster.Time.GetUtcNow();

    public async Task StartAsync()
    {
        Lives++;
        _life = new CancellationTokenSource();
        _storage = await _cluster.OpenAsync();
        _metrics = new BrokerMetrics();
        _coordinatedSince = Now;
        _coordinators = new BrokerCoordinators(_storage, _cluster.Time, NullLoggerFactory.Instance);
        _coordinators.Start();
        _dispatcher = new Dispatcher(Apis.Bind(new BrokerServices
        {
            Config = BrokerConfig.Load(new KafkaBrokerOptions()),
            Limits = _storage.LiveConfig.Of(_storage.Metadata.Image).Connections,
            Loggers = new LoggerLevels(NullLoggerFactory.Instance),
            Time = _cluster.Time,
            Metrics = _metrics,
            Memory = Memory,
            Storage = _storage,
            Coordinators = _coordinators,
        }));
    }

    public async Task<Guid> CreateTopicAsync(string name, int partitions)
    {
        var answer = await _storage!.Topics.CreateAsync(NewTopic(name, partitions));
        Assert.Equal(ErrorCode.None, answer.Topics[0].ErrorCode);
        return answer.Topics[0].TopicId;
    }

    /// <summary>Of segments that are soon full, so that producers are known from snapshots.</summary>
    public static CreateTopicsRequest NewTopic(string name, int partitions) => new()
    {
        Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = -1, Configs = [new() { Name = "segment.ms", Value = "20000" }] }],
        TimeoutMs = 30_000,
    };

    public Task SetGroupAsync(string groupId, params (string Name, string Value)[] settings) => StoredCluster.SetGroupAsync(_storage!, groupId, settings);

    /// <summary>False: no answer says so.</summary>
    public async Task<bool> GrowAsync(string topic, int partitions)
    {
        var request = new CreatePartitionsRequest { Topics = [new() { Name = topic, Count = partitions, Assignments = null }], TimeoutMs = 30_000 };
        var answer = await AskAsync<CreatePartitionsRequest, CreatePartitionsResponse>(request, version: 3, CancellationToken.None);
        return answer?.Results[0].ErrorCode is ErrorCode.None or ErrorCode.InvalidPartitions; // It is so already.
    }

    /// <summary>As in a cluster that was taken over before it was at the newest level.</summary>
    public Task SetFeatureAsync(string name, short level) => _storage!.Metadata.AskAsync(
        _ => new MetadataDecision<bool>(true) { Records = [MetadataRecord.Of(new FeatureLevelRecord { Name = name, FeatureLevel = level })] });

    public void Advance(TimeSpan time) => _cluster.Time.Advance(time);

    public void FailAfter(int operations) => _disk.CutAt = _disk.Operations + operations;

    /// <summary>Starts anew on what the disk has: all that was written where only the process ended, and what was flushed where the power went.</summary>
    public async Task RestartAsync(BrokerEnd end)
    {
        await StopAsync();
        if (end == BrokerEnd.PowerCut) _disk.RestartAfterPowerCut();
        else if (IsDown) _disk.RestartAfterKill(); // A stop that is interrupted is a kill.
        else FailAfter(int.MaxValue / 2);
        await StartAsync();
    }

    /// <summary>Null where no answer comes, since the broker is gone.</summary>
    public async Task<TResponse?> AskAsync<TRequest, TResponse>(TRequest request, short version, CancellationToken closed)
        where TRequest : IRequest<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        var answer = BeginAsync<TRequest, TResponse>(request, version, closed);
        await WaitForAsync(answer, $"an answer to {TRequest.ApiKey}");
        return IsDown ? null : await answer;
    }

    /// <summary>
    /// Waits until the coordinators have done what was to be done by now: a busy machine may keep their threads waiting while simulated time
    /// flies.
    /// </summary>
    public async Task CatchUpAsync()
    {
        if (IsDown) return;
        var passed = DueTimers.PassAsync(_coordinators!.Timers, (long)(Now - _coordinatedSince).TotalMilliseconds);
        await WaitForAsync(passed, "the timers that are due");
        await AskAsync<ListGroupsRequest, ListGroupsResponse>(new(), version: 5, CancellationToken.None);
        await AskAsync<ListTransactionsRequest, ListTransactionsResponse>(new(), version: 1, CancellationToken.None);
    }

    /// <summary>Asks for what may be parked for long; the client looks for the answer from time to time.</summary>
    public async Task<TResponse?> BeginAsync<TRequest, TResponse>(TRequest request, short version, CancellationToken closed)
        where TRequest : IRequest<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        if (IsDown) return null;
        var life = _life.Token;
        try
        {
            byte[] frame = WireClient.Frame(request, version, ++_correlationId);
            var (reply, _) = _dispatcher!.Start(Connection, _heads, frame.AsMemory(sizeof(int)), closed);
            var answer = await reply.Answer.AsTask().WaitAsync(life);
            return answer is null ? null : Received<TResponse>(reply.Context, answer);
        }
        catch (Exception) when (IsDown || life.IsCancellationRequested)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    /// <summary>Or for the broker's end.</summary>
    private async Task WaitForAsync(Task task, string what)
    {
        long begunAt = Stopwatch.GetTimestamp();
        for (int looks = 1; !task.IsCompleted && !IsDown; looks++)
        {
            await Task.Yield();
            if (looks % LooksPerTick == 0) Advance(Tick); // What is waited for may wait for a timer itself.
            if (Stopwatch.GetElapsedTime(begunAt) > Patience) throw new TimeoutException($"The broker is waited for in vain: {what}.");
        }
    }

    private async Task StopAsync()
    {
        await _life.CancelAsync();
        await _coordinators!.DisposeAsync();
        await _metrics!.DisposeAsync();
        try
        {
            await _storage!.DisposeAsync();
        }
        catch (Exception) when (IsDown)
        {
            // What it would write is lost with the rest.
        }
    }

    /// <summary>What a client has of an answer when it has come over the wire.</summary>
    private static TResponse Received<TResponse>(RequestContext context, IMessage answer) where TResponse : IMessage<TResponse>
    {
        using var writer = new WireWriter();
        answer.Write(writer, context.Version);
        var segments = new List<ReadOnlyMemory<byte>>();
        writer.AppendSegments(segments);
        byte[] bytes = [.. segments.SelectMany(segment => segment.ToArray())];
        context.ReleaseHeld();
        var reader = new WireReader(bytes);
        return TResponse.Read(ref reader, context.Version);
    }
}

/// <summary>How a broker comes to its end.</summary>
internal enum BrokerEnd
{
    Stop,
    Kill,
    PowerCut,
}
