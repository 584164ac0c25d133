using System.Collections.Concurrent;

namespace Moldau.Broker.Hosting;

/// <summary>What was said last of whom, so that what is tried again and again is told once, and again when it has changed.</summary>
internal sealed class ToldOnce
{
    /// <summary>Said once more is better than remembered without end.</summary>
    private const int RememberedMax = 1_000;

    private readonly ConcurrentDictionary<string, string> _told = new(StringComparer.Ordinal);

    /// <summary>Whether it is yet to be said of the subject. It counts as said from now on.</summary>
    public bool IsNews(string subject, string what)
    {
        if (_told.TryGetValue(subject, out string? told) && told == what) return false;
        if (_told.Count >= RememberedMax) _told.Clear();
        _told[subject] = what;
        return true;
    }

    /// <summary>It is over: what is said next of the subject is news.</summary>
    public void Over(string subject) => _told.TryRemove(subject, out _);
}
