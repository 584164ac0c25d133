namespace Moldau.Protocol;

/// <summary>What is known of an error beyond its number.</summary>
internal static class ErrorCodes
{
    /// <summary>The name in Kafka's own spelling, such as <c>UNKNOWN_TOPIC_OR_PARTITION</c>.</summary>
    public static string KafkaName(this ErrorCode code) =>
        string.Concat(code.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : char.ToUpperInvariant(c).ToString()));
}
