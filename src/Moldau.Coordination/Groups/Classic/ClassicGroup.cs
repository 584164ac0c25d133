using Moldau.Protocol;

namespace Moldau.Coordination.Groups.Classic;

/// <summary>
/// A living group of the classic protocol: the soft half of its state. Its last metadata record is the durable half; between a join and
/// the leader's sync a group is ahead of it, and a restart takes it back there.
/// </summary>
internal sealed class ClassicGroup(string id)
{
    private readonly OrderedDictionary<string, GroupMember> _members = [];
    private readonly Dictionary<string, string> _idsByInstance = [];

    public string Id => id;

    public GroupPhase Phase { get; private set; }

    /// <summary>A stored time, in UTC.</summary>
    public long PhaseSinceMs { get; private set; }

    public int Generation { get; set; }

    /// <summary>
    /// Up to here generations are spent, though the group is not in them: that of a record which nobody may take for their own (see <see
    /// cref="Consumer.GroupConversions.Downgrade"/>), or one that members were told of and that could not be stored.
    /// </summary>
    public int SpentGeneration { get; set; }

    /// <summary>Nobody was told of a later one.</summary>
    public int LastGeneration => Math.Max(Generation, SpentGeneration);

    /// <summary>Empty as long as nobody has joined.</summary>
    public string ProtocolType { get; set; } = "";

    /// <summary>The protocol of the generation; null where there is none.</summary>
    public string? Protocol { get; set; }

    /// <summary>
    /// What the members of the generation were subscribed to when it began, whatever they join with after that; null where it cannot be told.
    /// </summary>
    public IReadOnlySet<string>? SubscribedTopics { get; set; }

    public string? LeaderId { get; set; }

    /// <summary>In the order in which they joined first.</summary>
    public IReadOnlyCollection<GroupMember> Members => _members.Values;

    /// <summary>Ids that were given to clients which have not joined with them yet, and when they expire.</summary>
    public Dictionary<string, long> IdsHandedOut { get; } = [];

    /// <summary>The join phase of an empty group, which ends by its timer alone.</summary>
    public InitialDelay? InitialDelay { get; set; }

    /// <summary>When the join phase ends though members are missing.</summary>
    public long? JoinPhaseEndsMs { get; set; }

    /// <summary>When members that owe a sync are dropped.</summary>
    public long? SyncPhaseEndsMs { get; set; }

    /// <summary>The longest that a member asks for.</summary>
    public int RebalanceTimeoutMs => _members.Count == 0 ? 0 : _members.Values.Max(member => member.RebalanceTimeoutMs);

    public bool EveryoneHasJoined => IdsHandedOut.Count == 0 && _members.Values.All(member => member.ParkedJoin is not null);

    public GroupMember? Member(string memberId) => _members.GetValueOrDefault(memberId);

    public string? IdOfInstance(string instanceId) => _idsByInstance.GetValueOrDefault(instanceId);

    public bool IsLeader(string memberId) => LeaderId == memberId;

    public void BeginGeneration() => Generation = LastGeneration + 1;

    public void Enter(GroupPhase phase, long utcMs) => (Phase, PhaseSinceMs) = (phase, utcMs);

    public void Add(GroupMember member)
    {
        if (member.InstanceId is { } instance) _idsByInstance.Add(instance, member.Id);
        _members.Add(member.Id, member);
        LeaderId ??= member.Id;
    }

    /// <summary>The member that joined first of those that are left becomes the leader if the leader goes.</summary>
    public void Remove(GroupMember member)
    {
        _members.Remove(member.Id);
        if (member.InstanceId is { } instance) _idsByInstance.Remove(instance);
        if (IsLeader(member.Id)) LeaderId = _members.Count == 0 ? null : _members.GetAt(0).Key;
    }

    /// <summary>A static member keeps its place, and the leadership if it has it, under a new id.</summary>
    public void Rename(GroupMember member, string newId)
    {
        int place = _members.IndexOf(member.Id);
        _members.RemoveAt(place);
        _members.Insert(place, newId, member);
        if (IsLeader(member.Id)) LeaderId = newId;
        if (member.InstanceId is { } instance) _idsByInstance[instance] = newId;
        member.Id = newId;
    }

    /// <summary>
    /// Checks the identity that every request of a member carries. An instance is looked up first, even if the id is good.
    /// </summary>
    public ErrorCode Identify(string memberId, string? instanceId)
    {
        if (instanceId is not null)
        {
            if (IdOfInstance(instanceId) is not { } current) return ErrorCode.UnknownMemberId;
            if (current != memberId) return ErrorCode.FencedInstanceId;
        }
        return _members.ContainsKey(memberId) ? ErrorCode.None : ErrorCode.UnknownMemberId;
    }
}

/// <summary>
/// The wait for more members in the first join phase: it is prolonged as long as members arrive, within what is left of the rebalance
/// timeout.
/// </summary>
internal sealed record InitialDelay(int LeftMs)
{
    public bool HasNewcomer { get; init; }
}
