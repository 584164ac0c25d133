namespace Moldau.Coordination.Groups.Modern;

/// <summary>A member of a group whose members go from epoch to epoch by themselves, as KIP-848 began it.</summary>
internal interface IModernMember
{
    string Id { get; }

    /// <summary>Null for a dynamic member.</summary>
    string? InstanceId { get; }

    int Epoch { get; }

    /// <summary>The epoch before: a member that did not hear of its present one still comes with it.</summary>
    int PreviousEpoch { get; }

    /// <summary>Whether the member speaks the classic protocol, in which its epoch is called its generation. Only consumer groups have such members.</summary>
    bool SpeaksClassic => false;
}
