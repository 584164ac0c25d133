using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>Tells of troubles with the connection, and of messages that the broker refuses, once, not with each attempt.</summary>
internal sealed class Trouble(Action<string> tell)
{
    /// <summary>What the client library calls the error of a broker whose disk takes nothing more.</summary>
    private const string NoRoom = "Disk error when trying to access log file on disk";

    private readonly Lock _lock = new();
    private ErrorCode _last = ErrorCode.NoError;
    private readonly HashSet<string> _refusals = []; // At most one for each error that the client library knows.

    public void Tell(Error error)
    {
        lock (_lock)
        {
            if (error.Code == _last || error.Code == ErrorCode.Local_AllBrokersDown)
            {
                return;
            }

            _last = error.Code;
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
        if (ProduceLog.RefusalIn(line) is not { } refusal)
        {
            return;
        }

        lock (_lock)
        {
            if (!_refusals.Add(refusal))
            {
                return;
            }
        }

        string reason = refusal == NoRoom ? "its disk is full, or cannot be written" : refusal;
        tell($"The broker refuses messages for now: {reason}. Trying again.");
    }
}
