using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Classic;

/// <summary>A request that waits for others. The version decides the shape of its answer.</summary>
internal readonly record struct ParkedRequest(ReplyToken Token, short Version);

/// <summary>A member of a classic group, in the soft half of the state. Owned by its group.</summary>
internal sealed class GroupMember
{
    public required string Id { get; set; }

    /// <summary>Null for a dynamic member.</summary>
    public string? InstanceId { get; init; }

    public required string ClientId { get; set; }

    public required string ClientHost { get; set; }

    public int SessionTimeoutMs { get; set; }

    public int RebalanceTimeoutMs { get; set; }

    /// <summary>In the member's order of preference.</summary>
    public IReadOnlyList<JoinGroupRequest.JoinGroupRequestProtocol> Protocols { get; set; } = [];

    public byte[] Assignment { get; set; } = [];

    public ParkedRequest? ParkedJoin { get; set; }

    public ParkedRequest? ParkedSync { get; set; }

    /// <summary>Its first join has not been answered yet.</summary>
    public bool IsNew { get; set; }

    /// <summary>It was admitted to the generation and has not asked for its assignment yet.</summary>
    public bool OwesSync { get; set; }

    /// <summary>When it will be taken for dead.</summary>
    public long SessionEndsMs { get; set; }

    /// <summary>When the timer of its session fires; it may be earlier than the session's end, never later. Null: none runs.</summary>
    public long? SessionTimerMs { get; set; }

    /// <summary>What it said about itself for a protocol, by its first entry of that name.</summary>
    public byte[] MetadataFor(string? protocol) => Protocols.FirstOrDefault(own => own.Name == protocol)?.Metadata ?? [];

    /// <summary>Whether a new join would say nothing new.</summary>
    public bool Announces(IReadOnlyList<JoinGroupRequest.JoinGroupRequestProtocol> protocols) =>
        Protocols.Count == protocols.Count
        && Protocols.Zip(protocols).All(pair =>
            pair.First.Name == pair.Second.Name && pair.First.Metadata.AsSpan().SequenceEqual(pair.Second.Metadata));
}
