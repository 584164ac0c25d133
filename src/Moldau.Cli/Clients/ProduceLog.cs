using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>The part of the client library's log that tells what becomes of produce requests.</summary>
internal static class ProduceLog
{
    /// <summary>What <c>debug</c> must hold for it: a line or two for each batch.</summary>
    public const string Context = "msg";

    private const string Facility = "MSGSET";
    private const string BeforeReason = "encountered error: ";
    private const string AfterReason = " (actions";
    private const string Final = "Permanent";
    private const string ToldByBroker = "Broker: ";

    /// <summary>Why the broker did not take a batch that will be tried again; null for all else.</summary>
    public static string? RefusalIn(LogMessage line)
    {
        int begin = line.Facility == Facility ? line.Message.IndexOf(BeforeReason, StringComparison.Ordinal) : -1;
        if (begin < 0)
        {
            return null;
        }

        string reason = line.Message[(begin + BeforeReason.Length)..];
        int end = reason.IndexOf(AfterReason, StringComparison.Ordinal);
        if (end >= 0 && reason.AsSpan(end).Contains(Final, StringComparison.Ordinal)) return null; // The delivery report tells it.
        reason = end < 0 ? reason : reason[..end];
        return reason.StartsWith(ToldByBroker, StringComparison.Ordinal) ? reason[ToldByBroker.Length..] : null;
    }
}
