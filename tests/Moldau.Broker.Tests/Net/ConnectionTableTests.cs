using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Moldau.Broker.Net;
using Moldau.Broker.Security;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Net;

public sealed class ConnectionTableTests
{
    private static readonly IPAddress Here = IPAddress.Loopback, There = IPAddress.Parse("192.0.2.7");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void There_is_no_place_beyond_the_maximum()
    {
        using var table = new ConnectionTable(new ConnectionLimits { ConnectionsMax = 1 }, _time);
        var first = table.TryAdmit(Here, out _);
        Assert.NotNull(first);
        Assert.Null(table.TryAdmit(There, out var refusal));
        Assert.Equal(ConnectionEnd.TooManyConnections, refusal);
        table.Remove(first);
        Assert.NotNull(table.TryAdmit(There, out _));
    }

    [Fact]
    public void An_address_that_has_its_maximum_does_not_keep_others_out()
    {
        using var table = new ConnectionTable(new ConnectionLimits { ConnectionsPerAddressMax = 1 }, _time);
        Assert.NotNull(table.TryAdmit(Here, out _));
        Assert.Null(table.TryAdmit(Here, out var refusal));
        Assert.Equal(ConnectionEnd.TooManyFromAddress, refusal);
        Assert.NotNull(table.TryAdmit(There, out _));
    }

    [Fact]
    public void An_address_may_have_a_maximum_of_its_own()
    {
        var limits = new ConnectionLimits { ConnectionsPerAddressMax = 1, PerAddressOverrides = new Dictionary<string, int> { ["192.0.2.7"] = 2 } };
        using var table = new ConnectionTable(limits, _time);
        Assert.NotNull(table.TryAdmit(There, out _));
        Assert.NotNull(table.TryAdmit(There, out _));
        Assert.Null(table.TryAdmit(There, out _));
    }

    [Fact]
    public async Task A_client_that_connects_and_sends_nothing_is_let_go()
    {
        using var table = new ConnectionTable(new ConnectionLimits { IdleMsMax = 60_000 }, _time);
        var run = Serve(table, sasl: null);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(run.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(ConnectionEnd.Idle, (await run).End);
    }

    [Fact]
    public async Task A_client_that_does_not_log_in_is_let_go_sooner()
    {
        using var table = new ConnectionTable(new ConnectionLimits { AuthenticationMsMax = 5_000 }, _time);
        using var passwords = new PasswordChecks();
        var run = Serve(table, new SaslSession(new SaslOffer { Mechanisms = ["PLAIN"], Scram = new FixedCredentials(), Passwords = passwords }, _time));
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(ConnectionEnd.AuthenticationTimedOut, (await run).End);
    }

    [Fact]
    public async Task A_client_that_sends_half_a_request_and_no_more_is_let_go()
    {
        using var table = new ConnectionTable(new ConnectionLimits { IdleMsMax = 60_000 }, _time);
        var client = new MemoryTransport();
        var run = Serve(table, sasl: null, client);
        client.Send(0, 0, 1, 0, 1, 2, 3);
        for (int i = 0; i < 4; i++) _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(ConnectionEnd.Idle, (await run).End);
    }

    [Fact]
    public async Task A_stop_ends_all_and_lets_nobody_in()
    {
        using var table = new ConnectionTable(new ConnectionLimits(), _time);
        var run = Serve(table, sasl: null);
        table.Stop();
        Assert.Equal(ConnectionEnd.BrokerStopping, (await run).End);
        Assert.Null(table.TryAdmit(Here, out var refusal));
        Assert.Equal(ConnectionEnd.BrokerStopping, refusal);
    }

    [Fact]
    public async Task A_client_that_sends_a_large_request_slowly_is_let_go_only_when_others_wait_for_its_memory()
    {
        using var table = new ConnectionTable(new ConnectionLimits { HoldUpMsMax = 10_000 }, _time);
        var memory = new MemoryBudget(100_000);
        var client = new MemoryTransport();
        client.Send(0, 1, 0, 0, 0, 0);
        var run = Serve(table, sasl: null, client, memory);
        Assert.Equal(100_000 - 65_540, memory.BytesFree);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.False(run.IsCompleted);
        var other = memory.ReserveAsync(50_000, default).AsTask();
        _time.Advance(TimeSpan.FromSeconds(5));
        client.Send(1);
        Assert.False(run.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(ConnectionEnd.TooSlow, (await run).End);
        await other;
    }

    [Fact]
    public async Task A_client_that_goes_while_its_request_waits_is_seen_to_have_gone()
    {
        using var table = new ConnectionTable(new ConnectionLimits(), _time);
        var client = new MemoryTransport();
        var parked = new Parked();
        var run = Serve(table, sasl: null, client, dispatcher: parked.Dispatcher);
        client.Send(WireClient.Frame(new HeartbeatRequest(), version: 0, correlationId: 1));
        await parked.Began.Task;
        client.Send(WireClient.Frame(new HeartbeatRequest(), version: 0, correlationId: 2)); // It hides the end from who would only look for more.
        client.EndSending();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(parked.Closed.Task.IsCompleted); // What comes within a second he still gets.
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(parked.Closed.Task.IsCompleted);
        Assert.Equal(ConnectionEnd.ClosedByClient, (await run).End);
        Assert.NotNull(await client.ReceiveAsync()); // He may have ended his own side only.
    }

    [Fact]
    public async Task A_client_that_waits_for_its_answer_is_let_wait()
    {
        using var table = new ConnectionTable(new ConnectionLimits { IdleMsMax = 60_000 }, _time);
        var client = new MemoryTransport();
        var parked = new Parked();
        var run = Serve(table, sasl: null, client, dispatcher: parked.Dispatcher);
        client.Send(WireClient.Frame(new HeartbeatRequest(), version: 0, correlationId: 1));
        await parked.Began.Task;
        for (int i = 0; i < 10; i++) _time.Advance(TimeSpan.FromSeconds(31));
        Assert.False(parked.Closed.Task.IsCompleted);
        client.EndSending();
        for (int i = 0; i < 2; i++) _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(parked.Closed.Task.IsCompleted);
        Assert.Equal(ConnectionEnd.ClosedByClient, (await run).End);
    }

    /// <summary>A request that waits until its connection is closed.</summary>
    private sealed class Parked : IHandler<HeartbeatRequest, HeartbeatResponse>
    {
        public TaskCompletionSource Began { get; } = new();

        public TaskCompletionSource Closed { get; } = new();

        public Dispatcher Dispatcher
        {
            get
            {
                var endpoints = new IEndpoint?[100];
                endpoints[(int)ApiKey.Heartbeat] = new Endpoint<HeartbeatRequest, HeartbeatResponse>(
                    new Api<HeartbeatRequest, HeartbeatResponse>(0, 0, _ => this), this, new BrokerMetrics(), NullLogger.Instance);
                return new Dispatcher(endpoints);
            }
        }

        public async ValueTask<HeartbeatResponse?> HandleAsync(RequestContext context, HeartbeatRequest request)
        {
            context.ConnectionClosed.Register(() => Closed.TrySetResult());
            Began.TrySetResult();
            await Closed.Task;
            return new();
        }
    }

    private static async Task<ConnectionEndException> Serve(
        ConnectionTable table, SaslSession? sasl, MemoryTransport? client = null, MemoryBudget? memory = null, Dispatcher? dispatcher = null)
    {
        dispatcher ??= new Dispatcher(new IEndpoint?[100]);
        client ??= new MemoryTransport();
        var state = new ConnectionState { Id = 1, Listener = "TEST", Remote = client.Remote, Advertised = new("localhost", 9092), Sasl = sasl };
        using var connection = new Connection(client, state, dispatcher, new ConnectionLimits(), memory ?? new MemoryBudget(1_000_000));
        table.TryAdmit(Here, out _)!.Begin(connection);
        return await connection.RunAsync();
    }
}
