using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Net;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Net;

public sealed class ConnectionTests
{
    private const short FetchVersion = 4, HeartbeatVersion = 0;

    private readonly MemoryTransport _client = new();
    private readonly Queue<TaskCompletionSource<FetchResponse?>> _fetches = new();
    private readonly List<string> _started = [];
    private readonly List<RequestContext> _fetchContexts = [];
    private Func<RequestContext, Task<HeartbeatResponse?>> _heartbeat = _ => Task.FromResult<HeartbeatResponse?>(new());
    private readonly MemoryBudget _memory = new(1_000_000);

    [Fact]
    public async Task Replies_leave_in_the_order_of_their_requests()
    {
        var (connection, run) = Start();
        SendFetch(1);
        SendFetch(2);
        SendHeartbeat(3);
        var first = await NextFetchAsync();
        (await NextFetchAsync()).SetResult(new FetchResponse());
        first.SetResult(new FetchResponse());
        Assert.Equal([1, 2, 3], await CorrelationIdsAsync(3));
        await EndAsync(connection, run);
    }

    [Fact]
    public async Task Requests_behind_a_waiting_one_start_before_it_is_answered()
    {
        var (connection, run) = Start();
        SendFetch(1);
        SendHeartbeat(2);
        var waiting = await NextFetchAsync();
        while (!Started().Contains("Heartbeat")) await Task.Yield();
        waiting.SetResult(new FetchResponse());
        Assert.Equal([1, 2], await CorrelationIdsAsync(2));
        await EndAsync(connection, run);
    }

    [Fact]
    public async Task At_most_so_many_requests_are_in_flight_and_the_rest_is_not_read()
    {
        var (connection, run) = Start(new ConnectionLimits { RequestsInFlightMax = 2 });
        for (int i = 1; i <= 10; i++) SendFetch(i);
        var first = await NextFetchAsync();
        // One is with the sender, two wait in slots, and one more was started before a slot was found taken.
        for (int i = 0; i < 3; i++) await NextFetchAsync(answer: true);
        await Task.Yield();
        Assert.Equal(4, Started().Count);
        first.SetResult(new FetchResponse());
        for (int i = 0; i < 6; i++) await NextFetchAsync(answer: true);
        Assert.Equal(Enumerable.Range(1, 10), await CorrelationIdsAsync(10));
        await EndAsync(connection, run);
    }

    [Fact]
    public async Task A_bad_request_ends_the_connection_after_the_answers_before_it()
    {
        var (_, run) = Start();
        SendHeartbeat(1);
        Send(apiKey: 999, version: 0, correlationId: 2, []);
        Assert.Equal([1], await CorrelationIdsAsync(1));
        Assert.Equal(ConnectionEnd.UnknownApi, (await run).End);
    }

    [Fact]
    public async Task A_version_that_is_not_served_ends_the_connection()
    {
        var (_, run) = Start();
        Send((short)ApiKey.Heartbeat, version: 77, correlationId: 1, []);
        Assert.Equal(ConnectionEnd.UnsupportedVersion, (await run).End);
    }

    [Fact]
    public async Task A_truncated_request_ends_the_connection()
    {
        var (_, run) = Start();
        Send((short)ApiKey.Heartbeat, HeartbeatVersion, correlationId: 1, [0, 5, 1]);
        Assert.Equal(ConnectionEnd.MalformedRequest, (await run).End);
    }

    [Fact]
    public async Task A_handler_that_throws_is_answered_with_the_apis_own_refusal_and_the_connection_goes_on()
    {
        var (connection, run) = Start();
        _heartbeat = _ => throw new InvalidOperationException("the handler has a bug");
        SendHeartbeat(1);
        byte[] refusal = (await _client.ReceiveAsync())!;
        Assert.Equal(ErrorCode.UnknownServerError, (ErrorCode)BinaryPrimitives.ReadInt16BigEndian(refusal.AsSpan(8)));
        _heartbeat = _ => Task.FromResult<HeartbeatResponse?>(new());
        SendHeartbeat(2);
        Assert.Equal([2], await CorrelationIdsAsync(1));
        await EndAsync(connection, run);
    }

    [Fact]
    public async Task A_request_without_an_answer_takes_no_place_among_the_replies()
    {
        var (connection, run) = Start();
        SendFetch(1);
        SendHeartbeat(2);
        (await NextFetchAsync()).SetResult(null);
        Assert.Equal([2], await CorrelationIdsAsync(1));
        await EndAsync(connection, run);
    }

    [Fact]
    public async Task Waiting_requests_are_told_when_the_client_is_gone()
    {
        var (_, run) = Start();
        SendFetch(1);
        var waiting = await NextFetchAsync();
        _client.EndSending();
        waiting.SetResult(new FetchResponse());
        Assert.Equal(ConnectionEnd.ClosedByClient, (await run).End);
    }

    [Fact]
    public async Task When_sending_fails_a_waiting_request_keeps_its_buffers_until_it_has_ended()
    {
        var (_, run) = Start();
        SendFetch(1);
        SendFetch(2);
        SendHeartbeat(3); // When it starts, both fetches have their place.
        var first = await NextFetchAsync();
        var waiting = await NextFetchAsync();
        while (!Started().Contains("Heartbeat")) await Task.Yield();
        var context = _fetchContexts[1];
        var told = new TaskCompletionSource();
        context.ConnectionClosed.Register(told.SetResult);
        var held = new Held();
        context.HoldUntilSent(held);
        _client.RefuseSends();
        first.SetResult(new FetchResponse());
        await told.Task;
        Assert.False(held.IsDisposed);
        waiting.SetResult(new FetchResponse());
        Assert.Equal(ConnectionEnd.TransportFailed, (await run).End);
        Assert.True(held.IsDisposed);
    }

    [Fact]
    public async Task The_next_frame_is_read_when_the_answer_is_sent()
    {
        var reads = new TaskCompletionSource();
        _client.TakesAnswers = reads.Task;
        var (connection, run) = Start();
        for (int i = 1; i <= 3; i++) SendHeartbeat(i);
        while (!connection.IsSending) await Task.Yield();
        Assert.Single(Started());
        reads.SetResult();
        Assert.Equal([1, 2, 3], await CorrelationIdsAsync(3));
        await EndAsync(connection, run);
    }

    [Fact]
    public async Task A_large_frame_gives_its_memory_back_while_its_request_is_under_way()
    {
        var parked = new TaskCompletionSource<HeartbeatResponse?>();
        _heartbeat = _ => parked.Task;
        var (connection, run) = Start();
        Send(1, HeartbeatVersion, new HeartbeatRequest { GroupId = new string('g', 20_000) });
        while (Started().Count == 0) await Task.Yield();
        while (_memory.BytesFree < _memory.BytesMax) await Task.Yield();
        parked.SetResult(new());
        Assert.Equal([1], await CorrelationIdsAsync(1));
        await EndAsync(connection, run);
    }

    [Fact]
    public async Task A_stop_sends_the_answer_that_is_under_way_and_starts_nothing_more()
    {
        var underWay = new TaskCompletionSource<HeartbeatResponse?>();
        _heartbeat = _ => underWay.Task;
        var (connection, run) = Start();
        SendHeartbeat(1);
        SendHeartbeat(2);
        while (Started().Count == 0) await Task.Yield();
        connection.Finish(ConnectionEnd.BrokerStopping, "the broker stops");
        underWay.SetResult(new());
        Assert.Equal([1], await CorrelationIdsAsync(1));
        Assert.Equal(ConnectionEnd.BrokerStopping, (await run).End);
        Assert.Single(Started());
    }

    [Fact]
    public async Task A_large_answer_counts_as_memory_until_it_is_sent()
    {
        var reads = new TaskCompletionSource();
        _client.TakesAnswers = reads.Task;
        var (connection, run) = Start();
        SendFetch(1);
        (await NextFetchAsync()).SetResult(LargeAnswer(topics: 10));
        while (!connection.IsSending) await Task.Yield();
        Assert.InRange(_memory.BytesMax - _memory.BytesFree, 200_000, 400_000);
        reads.SetResult();
        Assert.Equal([1], await CorrelationIdsAsync(1));
        await EndAsync(connection, run);
        Assert.Equal(_memory.BytesMax, _memory.BytesFree);
    }

    [Fact]
    public async Task Where_memory_is_short_small_answers_are_sent_and_large_ones_wait()
    {
        var (connection, run) = Start();
        _memory.Take(_memory.BytesMax + 1);
        SendHeartbeat(1);
        Assert.Equal([1], await CorrelationIdsAsync(1));
        SendFetch(2);
        (await NextFetchAsync()).SetResult(LargeAnswer(topics: 10));
        while (!_memory.IsAwaited) await Task.Yield();
        _memory.Release(_memory.BytesMax + 1);
        Assert.Equal([2], await CorrelationIdsAsync(1));
        await EndAsync(connection, run);
    }

    [Fact]
    public async Task An_answer_that_no_client_takes_ends_its_connection()
    {
        var (_, run) = Start();
        SendFetch(1);
        (await NextFetchAsync()).SetResult(LargeAnswer(topics: 1 + (ReplySender.AnswerBytesMax / 32_000)));
        Assert.Equal(ConnectionEnd.AnswerTooLarge, (await run).End);
        Assert.Equal(_memory.BytesMax, _memory.BytesFree);
    }

    [Fact]
    public async Task A_connection_that_is_ended_gives_back_what_its_waiting_request_has_reserved()
    {
        var parked = new TaskCompletionSource<HeartbeatResponse?>();
        _heartbeat = context =>
        {
            Reserve(context);
            return parked.Task;
        };
        var (connection, run) = Start();
        SendHeartbeat(1);
        await Patiently.UntilAsync(() => _memory.BytesFree < _memory.BytesMax);
        connection.End(ConnectionEnd.Idle, "the test ends it");
        Assert.NotEqual(_memory.BytesMax, _memory.BytesFree); // Its handler is not through yet.
        parked.SetResult(new());
        Assert.Equal(ConnectionEnd.Idle, (await run).End);
        Assert.Equal(_memory.BytesMax, _memory.BytesFree);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_that_ends_its_connection_gives_back_what_it_has_reserved(bool isAtOnce)
    {
        _heartbeat = async context =>
        {
            Reserve(context);
            if (!isAtOnce) await Task.Yield();
            throw new ConnectionEndException(ConnectionEnd.HandlerFailed, "the request has no answer");
        };
        var (_, run) = Start();
        SendHeartbeat(1);
        SendHeartbeat(2);
        Assert.Equal(ConnectionEnd.HandlerFailed, (await run).End);
        Assert.Equal(_memory.BytesMax, _memory.BytesFree);
        Assert.Single(Started());
    }

    [Fact]
    public async Task A_handler_that_ends_its_connection_at_once_gives_back_what_it_has_reserved()
    {
        _heartbeat = context =>
        {
            Reserve(context);
            throw new ConnectionEndException(ConnectionEnd.HandlerFailed, "the request has no answer");
        };
        var (_, run) = Start();
        SendHeartbeat(1);
        Assert.Equal(ConnectionEnd.HandlerFailed, (await run).End);
        Assert.Equal(_memory.BytesMax, _memory.BytesFree);
    }

    private void Reserve(RequestContext context)
    {
        Assert.True(_memory.TryReserve(1_000));
        context.HoldUntilSent(new Reserved(_memory));
    }

    private static FetchResponse LargeAnswer(int topics)
    {
        string name = new('t', 32_000);
        return new FetchResponse { Responses = [.. Enumerable.Range(0, topics).Select(_ => new FetchResponse.FetchableTopicResponse { Topic = name })] };
    }

    private (Connection Connection, Task<ConnectionEndException> Run) Start(ConnectionLimits? limits = null)
    {
        var endpoints = new IEndpoint?[100];
        endpoints[(int)ApiKey.Fetch] = Endpoint(FetchVersion, ApiOrder.Overlapping, new FetchHandler(this));
        endpoints[(int)ApiKey.Heartbeat] = Endpoint(HeartbeatVersion, ApiOrder.Serial, new HeartbeatHandler(this));
        var state = new ConnectionState { Id = 1, Listener = "TEST", Remote = _client.Remote, Advertised = new("localhost", 9092) };
        var connection = new Connection(_client, state, new Dispatcher(endpoints), limits ?? new ConnectionLimits(), _memory);
        return (connection, Task.Run(connection.RunAsync));
    }

    private static IEndpoint Endpoint<TRequest, TResponse>(short version, ApiOrder order, IHandler<TRequest, TResponse> handler)
        where TRequest : class, IRequest<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        new Endpoint<TRequest, TResponse>(
            new Api<TRequest, TResponse>(version, version, _ => handler) { Order = order }, handler, new BrokerMetrics(), NullLogger.Instance);

    private async Task EndAsync(Connection connection, Task<ConnectionEndException> run)
    {
        _client.EndSending();
        Assert.Equal(ConnectionEnd.ClosedByClient, (await run).End);
        connection.Dispose();
    }

    private List<string> Started() { lock (_started) return [.. _started]; }

    private async Task<TaskCompletionSource<FetchResponse?>> NextFetchAsync(bool answer = false)
    {
        while (true)
        {
            lock (_fetches)
            {
                if (_fetches.TryDequeue(out var fetch))
                {
                    if (answer) fetch.SetResult(new FetchResponse());
                    return fetch;
                }
            }
            await Task.Yield();
        }
    }

    private async Task<List<int>> CorrelationIdsAsync(int count)
    {
        var ids = new List<int>();
        while (ids.Count < count)
        {
            ReadOnlyMemory<byte> received = await _client.ReceiveAsync() ?? throw new InvalidOperationException("The broker has closed.");
            for (; received.Length > 0; received = received[(4 + BinaryPrimitives.ReadInt32BigEndian(received.Span))..])
                ids.Add(BinaryPrimitives.ReadInt32BigEndian(received.Span[4..]));
        }
        return ids;
    }

    private void SendFetch(int correlationId) => Send(correlationId, FetchVersion, new FetchRequest());

    private void SendHeartbeat(int correlationId) => Send(correlationId, HeartbeatVersion, new HeartbeatRequest());

    private void Send<TRequest>(int correlationId, short version, TRequest request) where TRequest : IRequest<TRequest>
    {
        using var body = new WireWriter();
        request.Write(body, version);
        Send((short)TRequest.ApiKey, version, correlationId, body.Written.ToArray());
    }

    private void Send(short apiKey, short version, int correlationId, byte[] body)
    {
        using var frame = new WireWriter();
        frame.WriteInt32(8 + 2 + body.Length);
        frame.WriteInt16(apiKey);
        frame.WriteInt16(version);
        frame.WriteInt32(correlationId);
        frame.WriteString(null, compact: false);
        frame.WriteRaw(body);
        _client.Send(frame.Written.ToArray());
    }

    private sealed class Held : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    private sealed class Reserved(MemoryBudget memory) : IDisposable
    {
        public void Dispose() => memory.Release(1_000);
    }

    private sealed class FetchHandler(ConnectionTests test) : IHandler<FetchRequest, FetchResponse>
    {
        public ValueTask<FetchResponse?> HandleAsync(RequestContext context, FetchRequest request)
        {
            var answer = new TaskCompletionSource<FetchResponse?>();
            lock (test._started) test._started.Add("Fetch");
            lock (test._fetches)
            {
                test._fetchContexts.Add(context);
                test._fetches.Enqueue(answer);
            }
            return new(answer.Task);
        }
    }

    private sealed class HeartbeatHandler(ConnectionTests test) : IHandler<HeartbeatRequest, HeartbeatResponse>
    {
        public ValueTask<HeartbeatResponse?> HandleAsync(RequestContext context, HeartbeatRequest request)
        {
            lock (test._started) test._started.Add("Heartbeat");
            return new(test._heartbeat(context));
        }

        public HeartbeatResponse Refuse(RequestContext context, HeartbeatRequest request, ErrorCode error) => new() { ErrorCode = error };
    }
}
