namespace Moldau.Cli.Clients;

/// <summary>What a cluster says of a share group (KIP-932): its members share partitions, and what the group is done with is counted record by record.</summary>
internal sealed record ShareGroupView(string Name) : GroupView(Name)
{
    public const string Kind = "share";

    public int CoordinatorId { get; init; }

    public int Epoch { get; init; }

    public int AssignmentEpoch { get; init; }

    public IReadOnlyList<ShareMember> ShareMembers { get; init; } = [];

    /// <summary>In the order of their topics; empty until they are looked up.</summary>
    public IReadOnlyList<SharePosition> Starts { get; init; } = [];
}

/// <summary>A member of a share group.</summary>
internal sealed record ShareMember(string Id, string ClientId, string Host) : GroupMember(Id, ClientId, Host)
{
    public int Epoch { get; init; }
}
