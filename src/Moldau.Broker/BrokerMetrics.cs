using System.Diagnostics.Metrics;
using Moldau.Broker.Net;
using Moldau.Protocol;

namespace Moldau.Broker;

/// <summary>
/// The broker's figures, in the meter <c>Moldau</c>. Tags have few values: APIs, listeners and reasons, never clients or topics.
/// </summary>
internal sealed class BrokerMetrics : IDisposable, IAsyncDisposable
{
    private readonly Meter _meter = new("Moldau");
    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _connectionEnds;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _requestsFailed;
    private readonly Counter<long> _bytesProduced;
    private readonly Counter<long> _bytesFetched;

    public BrokerMetrics()
    {
        _connections = _meter.CreateUpDownCounter<long>("moldau.connections", "{connection}", "Connections that are open");
        _connectionEnds = _meter.CreateCounter<long>("moldau.connections.ended", "{connection}", "Connections that ended, by reason");
        _requests = _meter.CreateCounter<long>("moldau.requests", "{request}", "Requests, by API");
        _requestsFailed = _meter.CreateCounter<long>("moldau.requests.failed", "{request}", "Requests whose handler failed, by API");
        _bytesProduced = _meter.CreateCounter<long>("moldau.produced", "By", "Bytes of record batches appended by clients");
        _bytesFetched = _meter.CreateCounter<long>("moldau.fetched", "By", "Bytes of record batches sent to clients");
    }

    public void ConnectionOpened(string listener) => _connections.Add(1, new KeyValuePair<string, object?>("listener", listener));

    public void ConnectionEnded(string listener, ConnectionEnd end)
    {
        _connections.Add(-1, new KeyValuePair<string, object?>("listener", listener));
        if (_connectionEnds.Enabled) _connectionEnds.Add(1, new("listener", listener), new("reason", end.ToString()));
    }

    public void RequestStarted(ApiKey api)
    {
        if (_requests.Enabled) _requests.Add(1, new KeyValuePair<string, object?>("api", api.ToString()));
    }

    public void RequestFailed(ApiKey api)
    {
        if (_requestsFailed.Enabled) _requestsFailed.Add(1, new KeyValuePair<string, object?>("api", api.ToString()));
    }

    public void Produced(long bytes) => _bytesProduced.Add(bytes);

    public void Fetched(long bytes) => _bytesFetched.Add(bytes);

    public void Dispose() => _meter.Dispose();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
