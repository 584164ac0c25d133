using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Handlers.Records;
using Moldau.Broker.Net;
using Moldau.Broker.Tests.Net;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Records;

public sealed class UnacknowledgedProduceTests : IAsyncLifetime
{
    private const short Version = 9, AcksNone = 0, AcksAll = -1;

    private RunningBroker _broker = null!;

    public async ValueTask InitializeAsync() => _broker = await RunningBroker.StartAsync(new KafkaBrokerOptions(), default);

    public async ValueTask DisposeAsync() => await _broker.StopAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_produce_that_wants_no_answer_gets_none_when_its_handler_fails(bool failsAtOnce)
    {
        var (client, run) = Serve(failsAtOnce);
        client.Send(WireClient.Frame(Request(AcksNone), Version, correlationId: 1));
        client.EndSending();
        Assert.Equal(ConnectionEnd.HandlerFailed, (await run).End);
        Assert.Null(await client.ReceiveAsync());
    }

    [Fact]
    public async Task A_produce_that_wants_an_answer_gets_a_refusal_when_its_handler_fails()
    {
        var (client, run) = Serve(failsAtOnce: true);
        client.Send(WireClient.Frame(Request(AcksAll), Version, correlationId: 1));
        Assert.NotNull(await client.ReceiveAsync());
        client.EndSending();
        Assert.Equal(ConnectionEnd.ClosedByClient, (await run).End);
    }

    private static ProduceRequest Request(short acks) => new() { Acks = acks, TopicData = [new() { Name = "t", PartitionData = [new() { Records = new byte[10] }] }] };

    private (MemoryTransport Client, Task<ConnectionEndException> Run) Serve(bool failsAtOnce)
    {
        var client = new MemoryTransport();
        var handler = new Failing(new Produce(_broker.Services), failsAtOnce);
        var api = new Api<ProduceRequest, ProduceResponse>(Version, Version, _ => handler) { Order = ApiOrder.Overlapping };
        var endpoint = new Endpoint<ProduceRequest, ProduceResponse>(api, handler, _broker.Services.Metrics, NullLogger.Instance);
        return (client, RunAsync(client, new Dispatcher([endpoint])));
    }

    private static async Task<ConnectionEndException> RunAsync(MemoryTransport client, Dispatcher dispatcher)
    {
        var state = new ConnectionState { Id = 1, Listener = "TEST", Remote = client.Remote, Advertised = new("localhost", 9092) };
        using var connection = new Connection(client, state, dispatcher, new ConnectionLimits(), new MemoryBudget(1_000_000));
        return await connection.RunAsync();
    }

    private sealed class Failing(Produce produce, bool failsAtOnce) : IHandler<ProduceRequest, ProduceResponse>
    {
        public ValueTask<ProduceResponse?> HandleAsync(RequestContext context, ProduceRequest request) =>
            failsAtOnce ? throw new InvalidOperationException("the handler has a bug") : FailAsync();

        public ProduceResponse? Refuse(RequestContext context, ProduceRequest request, ErrorCode error) => produce.Refuse(context, request, error);

        private static async ValueTask<ProduceResponse?> FailAsync()
        {
            await Task.Yield();
            throw new InvalidOperationException("the handler has a bug");
        }
    }
}
