namespace Moldau.Broker;

/// <summary>
/// How often something is done that is asked for again and again while a cause lasts: at once, and then at intervals that double from the
/// first to the longest. After a long silence it begins anew.
/// </summary>
internal sealed class GrowingInterval(TimeProvider time, TimeSpan first, TimeSpan longest)
{
    private readonly Lock _lock = new();
    private TimeSpan _interval;
    private long _last;

    /// <summary>Whether it is time. If so, the next time is later.</summary>
    public bool TryTake()
    {
        lock (_lock)
        {
            var silence = time.GetElapsedTime(_last);
            if (_interval == TimeSpan.Zero || silence > 2 * longest) _interval = first;
            else if (silence < _interval) return false;
            else _interval = _interval * 2 < longest ? _interval * 2 : longest;
            _last = time.GetTimestamp();
            return true;
        }
    }

    /// <summary>The cause is gone: the next time is at once.</summary>
    public void Reset()
    {
        lock (_lock) _interval = TimeSpan.Zero;
    }
}
