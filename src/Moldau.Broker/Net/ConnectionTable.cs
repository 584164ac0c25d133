using System.Net;

namespace Moldau.Broker.Net;

/// <summary>All connections of a broker: how many there are, from where, and which have been silent for too long.</summary>
internal sealed class ConnectionTable : IDisposable
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private readonly HashSet<Entry> _entries = [];
    private readonly ConnectionLimits _limits;
    private readonly TimeProvider _time;
    private readonly ITimer _sweeper;
    private long _lastId;
    private bool _isStopping;

    public ConnectionTable(ConnectionLimits limits, TimeProvider time)
    {
        _limits = limits;
        _time = time;
        _sweeper = time.CreateTimer(_ => Sweep(), null, SweepPeriod, SweepPeriod);
    }

    public int Count { get { lock (_lock) return _entries.Count; } }

    /// <summary>A place for a client that has just connected; null, with the reason, if there is none.</summary>
    public Entry? TryAdmit(IPAddress address, out ConnectionEnd refusal)
    {
        lock (_lock)
        {
            int fromAddress = _perAddress.GetValueOrDefault(address);
            refusal = _isStopping ? ConnectionEnd.BrokerStopping
                : _entries.Count >= _limits.ConnectionsMax ? ConnectionEnd.TooManyConnections
                : ConnectionEnd.TooManyFromAddress;
            if (refusal != ConnectionEnd.TooManyFromAddress || fromAddress >= _limits.PerAddressMax(address)) return null;
            _perAddress[address] = fromAddress + 1;
            var entry = new Entry(++_lastId, address, _time.GetTimestamp());
            _entries.Add(entry);
            return entry;
        }
    }

    public void Remove(Entry entry)
    {
        lock (_lock)
        {
            if (!_entries.Remove(entry)) return;
            if (--_perAddress[entry.Address] == 0) _perAddress.Remove(entry.Address);
        }
    }

    /// <summary>Lets no new connection in, and lets the others end with the answers that they are owed.</summary>
    public void Stop()
    {
        lock (_lock) _isStopping = true;
        foreach (var entry in Snapshot()) entry.Finish(ConnectionEnd.BrokerStopping, "the broker stops");
    }

    /// <summary>Ends what has not ended by itself.</summary>
    public void Abort()
    {
        foreach (var entry in Snapshot()) entry.End(ConnectionEnd.BrokerStopping, "the broker stops, and the client did not take its answers");
    }

    public void Dispose() => _sweeper.Dispose();

    private Entry[] Snapshot() { lock (_lock) return [.. _entries]; }

    private void Sweep()
    {
        foreach (var entry in Snapshot())
        {
            double openMs = _time.GetElapsedTime(entry.OpenedAt).TotalMilliseconds;
            if (!entry.IsAuthenticated && openMs > _limits.AuthenticationMsMax)
                entry.End(ConnectionEnd.AuthenticationTimedOut, $"it did not log in within {_limits.AuthenticationMsMax} ms");
            else if (entry.SilentMs(_time) > _limits.IdleMsMax && _limits.IdleMsMax >= 0)
                entry.End(ConnectionEnd.Idle, $"nothing was sent for {_limits.IdleMsMax} ms");
            else if (entry.KeepsOthersWaitingMs(_time) > _limits.HoldUpMsMax)
                entry.End(ConnectionEnd.TooSlow, "others waited for the memory of a large request that it sent, or a large answer that it took, too slowly");
            else if (entry.IsLeftForLong())
                entry.Finish(ConnectionEnd.ClosedByClient, "the client closed it while its request waited");
        }
    }

    /// <summary>One connection in the table, from the moment it is accepted.</summary>
    internal sealed class Entry(long id, IPAddress address, long nowTimestamp)
    {
        private readonly Lock _lock = new();
        private Connection? _connection;
        private IDisposable? _handshaking;
        private ConnectionEndException? _ended;
        private long _lastProgress = -1;
        private long _progressAt = nowTimestamp;
        private long _heldUpFrame = -1;
        private long _heldUpFrom;
        private long _leftFrame = -1;

        public long Id => id;

        public IPAddress Address => address;

        public long OpenedAt { get; } = nowTimestamp;

        public bool IsAuthenticated => _connection is { State.IsAuthenticated: true };

        /// <summary>Why it was ended from outside before it was a connection.</summary>
        public ConnectionEndException? Ended => _ended;

        /// <summary>What to close while the handshake is under way.</summary>
        public void BeginHandshake(IDisposable socket)
        {
            lock (_lock)
            {
                _handshaking = socket;
                if (_ended is not null) socket.Dispose();
            }
        }

        public void Begin(Connection connection)
        {
            lock (_lock)
            {
                _connection = connection;
                _handshaking = null;
                if (_ended is not null) connection.End(_ended.End, _ended.Message);
            }
        }

        public void End(ConnectionEnd end, string detail)
        {
            lock (_lock)
            {
                _ended ??= new ConnectionEndException(end, detail);
                _handshaking?.Dispose();
                _connection?.End(end, detail);
            }
        }

        /// <summary>As <see cref="End"/>, but a connection still sends what it owes.</summary>
        public void Finish(ConnectionEnd end, string detail)
        {
            lock (_lock)
            {
                _ended ??= new ConnectionEndException(end, detail);
                _handshaking?.Dispose();
                _connection?.Finish(end, detail);
            }
        }

        /// <summary>Only the sweep asks.</summary>
        public double SilentMs(TimeProvider time)
        {
            if (_connection is not { } connection) return 0;
            long progress = connection.Progress;
            if (progress != _lastProgress || connection.IsOwedAnswer)
            {
                _lastProgress = progress;
                _progressAt = time.GetTimestamp();
            }
            return time.GetElapsedTime(_progressAt).TotalMilliseconds;
        }

        /// <summary>
        /// Whether the client has gone while its request waits, and had at the sweep before: who has only ended his own side still takes
        /// answers, and what comes soon he gets. Only the sweep asks.
        /// </summary>
        public bool IsLeftForLong()
        {
            long before = _leftFrame;
            _leftFrame = _connection is { IsLeft: true } connection ? connection.FramesRead : -1;
            return _leftFrame >= 0 && _leftFrame == before;
        }

        /// <summary>For how long others have been waiting for the memory of one request. Only the sweep asks.</summary>
        public double KeepsOthersWaitingMs(TimeProvider time)
        {
            if (_connection is not { KeepsOthersWaiting: true } connection)
            {
                _heldUpFrame = -1;
                return 0;
            }
            if (_heldUpFrame != connection.FramesRead)
            {
                _heldUpFrame = connection.FramesRead;
                _heldUpFrom = time.GetTimestamp();
            }
            return time.GetElapsedTime(_heldUpFrom).TotalMilliseconds;
        }
    }
}
