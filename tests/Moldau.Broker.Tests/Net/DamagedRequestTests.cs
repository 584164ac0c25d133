using Microsoft.Extensions.Logging;
using Moldau.Broker.Net;
using Moldau.Protocol;
using Moldau.Protocol.Wire;
using Moldau.TestKit;
using Moldau.TestKit.Schemas;

namespace Moldau.Broker.Tests.Net;

/// <summary>
/// Every recorded request of every API that is served, as it is and damaged at random, given to a whole broker. Each must be answered or end its
/// connection: no handler may fail on it.
/// </summary>
public sealed class DamagedRequestTests : IAsyncLifetime
{
    private const int Seed = 4;

    private static readonly int DamagedPerRequest = Searches.Rounds(3);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // A damaged number may ask for thousands of partitions, which would be made.
    private static readonly HashSet<ApiKey> TakenAsTheyAre = [ApiKey.CreateTopics, ApiKey.CreatePartitions];

    // They wait for members that never come.
    private static readonly HashSet<ApiKey> MayStayParked = [ApiKey.JoinGroup, ApiKey.SyncGroup];

    private readonly FailureLog _log = new();
    private readonly List<(Reply Reply, Task<IMessage?> Answer)> _underWay = [];
    private readonly RequestHeadReader _heads = new();
    private readonly WireWriter _answer = new();
    private RunningBroker _broker = null!;

    private readonly ConnectionState _connection = new()
    {
        Id = 1,
        Listener = "TEST",
        Remote = new(System.Net.IPAddress.Loopback, 1),
        Advertised = new("localhost", 9092),
    };

    public async ValueTask InitializeAsync() => _broker = await RunningBroker.StartAsync(new KafkaBrokerOptions { LoggerFactory = _log }, default);

    public async ValueTask DisposeAsync()
    {
        _answer.Dispose();
        await _broker.StopAsync();
    }

    [Fact]
    public async Task No_handler_fails_on_a_recorded_or_damaged_request()
    {
        var dispatcher = new Dispatcher(Apis.Bind(_broker.Services));
        var served = Apis.Served.ToDictionary(api => api.Key);
        var random = new Random(Seed);
        int count = 0;
        foreach (var vector in MessageVector.All().Where(vector => vector.Schema.Kind == "request"))
        {
            if (!served.TryGetValue((ApiKey)vector.Schema.ApiKey!, out var api) || !api.Serves(vector.Version)) continue;
            byte[] frame = Frame(api, vector.Version, vector.Bytes);
            Serve(dispatcher, frame);
            count++;
            if (TakenAsTheyAre.Contains(api.Key)) continue;
            for (int i = 0; i < DamagedPerRequest; i++, count++) Serve(dispatcher, Damaged(frame, random));
        }
        int parked = await SettleAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{count} requests with seed {Seed}, {parked} of them parked: no handler failed");
        Assert.Empty(_log.Failures);
    }

    private void Serve(Dispatcher dispatcher, byte[] frame)
    {
        try
        {
            // The connection counts as closed, so that a fetch does not wait.
            var (reply, _) = dispatcher.Start(_connection, _heads, frame, new CancellationToken(canceled: true));
            if (reply.Answer.IsCompletedSuccessfully) Write(reply, reply.Answer.Result);
            else _underWay.Add((reply, reply.Answer.AsTask()));
        }
        catch (ConnectionEndException)
        {
        }
        catch (MalformedMessageException)
        {
        }
    }

    /// <summary>Waits for the answers that were not there at once, and says how many requests are parked for good.</summary>
    private async Task<int> SettleAsync()
    {
        int parked = 0;
        foreach (var (reply, answer) in _underWay)
        {
            if (MayStayParked.Contains(reply.Context.Api) && !answer.IsCompleted)
            {
                parked++;
                continue;
            }
            try
            {
                Write(reply, await answer.WaitAsync(Patience));
            }
            catch (ConnectionEndException)
            {
            }
            catch (TimeoutException)
            {
                Assert.Fail($"{reply.Context.Api} version {reply.Context.Version} is not answered.");
            }
        }
        return parked;
    }

    private void Write(Reply reply, IMessage? message)
    {
        message?.Write(_answer, reply.Context.Version);
        _answer.Reset();
        reply.Context.ReleaseHeld();
    }

    private static byte[] Frame(Api api, short version, ReadOnlySpan<byte> body)
    {
        using var writer = new WireWriter();
        writer.WriteInt16((short)api.Key);
        writer.WriteInt16(version);
        writer.WriteInt32(1);
        writer.WriteString("test", compact: false);
        if (api.IsRequestFlexible(version)) writer.WriteUnsignedVarint(0);
        writer.WriteRaw(body);
        return writer.Written.ToArray();
    }

    /// <summary>A few bytes changed, cut off, or put in; never the API and its version.</summary>
    private static byte[] Damaged(byte[] frame, Random random)
    {
        const int headBytes = 8;
        var damaged = frame.ToList();
        for (int changes = random.Next(1, 4); changes > 0 && damaged.Count > headBytes; changes--)
        {
            int at = random.Next(headBytes, damaged.Count);
            switch (random.Next(4))
            {
                case 0: damaged[at] = (byte)random.Next(256); break;
                case 1: damaged[at] = random.Next(2) == 0 ? (byte)0xff : (byte)0; break;
                case 2: damaged.RemoveRange(at, damaged.Count - at); break;
                default: damaged.Insert(at, (byte)random.Next(256)); break;
            }
        }
        return [.. damaged];
    }

    /// <summary>Catches what handlers log when they fail.</summary>
    private sealed class FailureLog : ILoggerFactory, ILogger
    {
        public List<string> Failures { get; } = [];

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is null) return;
            lock (Failures) Failures.Add($"{formatter(state, exception)}: {exception}");
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }
}
