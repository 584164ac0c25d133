using Microsoft.Extensions.Logging;

namespace Moldau.Broker.Hosting;

/// <summary>
/// What was said last of whom, so that what is tried again and again is told once, and again when it has changed. It remembers a bounded number
/// of subjects, and while it has no room for another it says only that.
/// </summary>
internal sealed class ToldOnce(string subjects, TimeProvider time, ILogger logger)
{
    public const int SubjectsMax = 1_000;

    /// <summary>Of some it is never heard that it is over: when there is no room for others, all are forgotten once the first was told so long ago.</summary>
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _told = new(StringComparer.Ordinal);
    private long _since;
    private bool _hasSaidEnough;

    /// <summary>Whether it is yet to be said of the subject. It counts as said from now on.</summary>
    public bool IsNews(string subject, string what)
    {
        lock (_lock)
        {
            if (_told.TryGetValue(subject, out string? told)) return ReplaceTold(subject, told, what);
            if (_told.Count >= SubjectsMax && time.GetElapsedTime(_since) >= ForgottenAfter) _told.Clear();
            if (_told.Count >= SubjectsMax)
            {
                if (!_hasSaidEnough) logger.ToldEnough(SubjectsMax, subjects);
                _hasSaidEnough = true;
                return false;
            }
            if (_told.Count == 0) (_since, _hasSaidEnough) = (time.GetTimestamp(), false);
            _told[subject] = what;
            return true;
        }
    }

    /// <summary>It is over: what is said next of the subject is news.</summary>
    public void Over(string subject)
    {
        lock (_lock) _told.Remove(subject);
    }

    private bool ReplaceTold(string subject, string told, string what)
    {
        _told[subject] = what;
        return told != what;
    }
}
