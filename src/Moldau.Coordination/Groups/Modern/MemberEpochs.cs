namespace Moldau.Coordination.Groups.Modern;

/// <summary>What the epochs of a heartbeat mean that are not an epoch of the group.</summary>
internal static class MemberEpochs
{
    /// <summary>With this epoch a client joins, or joins again.</summary>
    public const int Joining = 0;

    /// <summary>With this epoch a member leaves.</summary>
    public const int Leaving = -1;

    /// <summary>With this epoch a static member leaves for a while; it keeps what it has.</summary>
    public const int Away = -2;
}
