namespace Moldau.Broker.Handlers.Cluster;

/// <summary>
/// When each client asked last what metrics it should push, so that none asks all the time. Of many clients the latest are remembered.
/// </summary>
internal sealed class TelemetryClients(TimeProvider time, TimeSpan interval)
{
    private const int ClientsMax = 16_384;

    private readonly Lock _lock = new();
    private readonly LinkedList<(Guid Client, long AskedAt)> _byAge = [];
    private readonly Dictionary<Guid, LinkedListNode<(Guid Client, long AskedAt)>> _byId = [];

    /// <summary>False if the client asked within the interval.</summary>
    public bool TryAsk(Guid client)
    {
        lock (_lock)
        {
            if (_byId.TryGetValue(client, out var known))
            {
                if (time.GetElapsedTime(known.Value.AskedAt) < interval) return false;
                _byAge.Remove(known);
            }
            else if (_byId.Count >= ClientsMax)
            {
                _byId.Remove(_byAge.First!.Value.Client);
                _byAge.RemoveFirst();
            }
            _byId[client] = _byAge.AddLast((client, time.GetTimestamp()));
            return true;
        }
    }
}
