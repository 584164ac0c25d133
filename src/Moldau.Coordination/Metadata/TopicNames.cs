using System.Buffers;

namespace Moldau.Coordination.Metadata;

/// <summary>What a topic may be called.</summary>
internal static class TopicNames
{
    public const string ConsumerOffsets = "__consumer_offsets";
    public const string TransactionState = "__transaction_state";
    public const string ShareGroupState = "__share_group_state";

    /// <summary>The metadata log's own name: no topic, though it lies among them on disk.</summary>
    public const string ClusterMetadata = "__cluster_metadata";

    public const int LengthMax = 249;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    public static bool IsInternal(string name) => name is ConsumerOffsets or TransactionState or ShareGroupState;

    /// <summary>The rule that the name breaks; null where it is a good one.</summary>
    public static string? Problem(string name) => name switch
    {
        "" => "A topic needs a name.",
        "." or ".." => $"'{name}' means a directory, so it cannot name a topic.",
        _ when name.Length > LengthMax => $"The topic name has {name.Length} characters; at most {LengthMax} are possible.",
        _ when name.AsSpan().ContainsAnyExcept(Allowed) =>
            $"The topic name '{name}' holds a character other than the ASCII letters, digits, '.', '_' and '-'.",
        _ => null,
    };

    /// <summary>
    /// Metric names turn dots to underscores, so names that are equal then must not both exist. Null where the name holds neither.
    /// </summary>
    public static string? CollisionName(string name) => name.AsSpan().ContainsAny('.', '_') ? name.Replace('.', '_') : null;
}
