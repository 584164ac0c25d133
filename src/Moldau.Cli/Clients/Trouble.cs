using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>
/// Tells of troubles with the connection, and of messages that the broker refuses, when they begin, not with each attempt. What is over when something has
/// gone well is told again when it comes again, but where one broker of several is in trouble not each time.
/// </summary>
internal sealed class Trouble(Action<string> tell, TimeProvider time)
{
    /// <summary>What the client library calls the error of a broker whose disk takes nothing more.</summary>
    private const string NoRoom = "Disk error when trying to access log file on disk";

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _toldAt = []; // At most one for each error that the client library knows.
    private long _wentWellAt = long.MinValue;

    /// <summary>A message has arrived, on either side.</summary>
    public void GoesWell() => Volatile.Write(ref _wentWellAt, time.GetTimestamp());

    public void Tell(Error error)
    {
        if (error.Code == ErrorCode.Local_AllBrokersDown || !Begins(error.Code.ToString()))
        {
            return;
        }

        tell(error.Code == ErrorCode.Local_Transport
            ? $"A broker does not answer: {Explanation.Detail(error)} Trying again."
            : Explanation.Detail(error));
    }

    /// <summary>
    /// A message that is refused for now is tried again until its time is up, and the client library says why in its log only.
    /// </summary>
    public void Read(LogMessage line)
    {
        if (ProduceLog.RefusalIn(line) is not { } refusal || !Begins(refusal))
        {
            return;
        }

        string reason = refusal == NoRoom ? "its disk is full, or cannot be written" : refusal;
        tell($"The broker refuses messages for now: {reason}. Trying again.");
    }

    private bool Begins(string trouble)
    {
        lock (_lock)
        {
            if (_toldAt.TryGetValue(trouble, out long at) && (at >= Volatile.Read(ref _wentWellAt) || time.GetElapsedTime(at) < Rest))
            {
                return false;
            }

            _toldAt[trouble] = time.GetTimestamp();
            return true;
        }
    }
}
