namespace Moldau.Log;

/// <summary>What <c>meta.properties</c> says: whose directory this is.</summary>
internal sealed record DirectoryIdentity
{
    /// <summary>Any text; Kafka's own are 22 characters of base64.</summary>
    public required string ClusterId { get; init; }

    public required int NodeId { get; init; }

    public required Guid DirectoryId { get; init; }
}
