using Moldau.Coordination.Groups.Classic;
using Moldau.Protocol.Messages;
using ClassicMetadata = Moldau.Protocol.Messages.ConsumerGroupMemberMetadataValue.ClassicMemberMetadataData;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>
/// A group that changes its protocol while it has members: a classic one when the first client of the consumer protocol joins, a consumer
/// group when the last of those leaves. What members have stays theirs, and the epoch and the generation go on from each other.
/// </summary>
internal static class GroupConversions
{
    /// <summary>Whether a group of classic members can become a consumer group.</summary>
    public static bool CanUpgrade(ClassicGroup group, ConsumerGroupSettings settings) =>
        settings.Migration.HasFlag(GroupMigration.Upgrade)
        && group.ProtocolType == Subscriptions.ConsumerType
        && group.Members.Count <= settings.MembersMax;

    /// <summary>
    /// The consumer group that the classic one becomes, with the records of that in the decision; null if what its members say of
    /// themselves or were assigned cannot be understood, or a partition was assigned to two of them. What is stored of the classic one is its
    /// last record.
    /// </summary>
    public static ConsumerGroup? Upgrade(ClassicGroup classic, GroupMetadataValue? stored, Turn turn)
    {
        var members = new List<ConsumerMember>();
        string? protocol = ProtocolOf(classic);
        foreach (var member in classic.Members)
        {
            if (MemberOf(classic, member, protocol, AssignmentOf(member, stored), turn) is not { } converted) return null;
            members.Add(converted);
        }
        // A classic leader assigns what it likes. In a consumer group a partition has one holder, and the other would not be known to read it.
        if (ShareAPartition(members.Select(member => member.Assigned.Keys))) return null;
        turn.Decision.KeepWhole();
        var group = new ConsumerGroup(classic.Id);
        void Append(CoordinatorRecord record)
        {
            turn.Decision.Append(record);
            ConsumerGroupReplay.Apply(group, record);
        }
        turn.Decision.Append(GroupRecords.Gone(classic.Id));
        foreach (var member in members) Append(ConsumerGroupRecords.Subscription(classic.Id, member));
        // Above what members were told of, of which nothing may be stored. They go on with what is. By the hash of nothing the next heartbeat has
        // the group assigned anew, since what a leader assigned last may leave partitions out.
        int epoch = classic.LastGeneration;
        Append(ConsumerGroupRecords.Epoch(classic.Id, epoch, metadataHash: 0));
        foreach (var member in members) Append(ConsumerGroupRecords.TargetOf(classic.Id, member.Id, member.Assigned.Keys.ToHashSet()));
        Append(ConsumerGroupRecords.TargetEpoch(classic.Id, epoch, timestampMs: 0));
        foreach (var member in members) Append(ConsumerGroupRecords.Assignment(classic.Id, member));
        return group;
    }

    /// <summary>
    /// Whether those that stay, without the members that leave, all speak the classic protocol; so many more of it come at the same time.
    /// </summary>
    public static bool CanDowngrade(ConsumerGroupDraft group, IReadOnlyCollection<ConsumerMember> leaving, int joining = 0)
    {
        if (!group.Settings.Migration.HasFlag(GroupMigration.Downgrade)) return false;
        int staying = group.Members.Count - leaving.Count + joining;
        return staying > 0
            && staying <= group.Turn.Settings.MembersMax
            && group.Members.All(member => member.SpeaksClassic || leaving.Any(left => left.Id == member.Id));
    }

    /// <summary>
    /// The classic group that the consumer group becomes, with its members' targets as their assignments. Where the broker's end has cut a target
    /// off, a partition may be in two members': then each keeps what it has.
    /// </summary>
    public static ClassicGroup Downgrade(ConsumerGroup group, IReadOnlyCollection<ConsumerMember> leaving, Turn turn)
    {
        turn.Decision.KeepWhole();
        foreach (var record in ConsumerGroupRecords.GroupGone(group)) turn.Decision.Append(record);
        var classic = new ClassicGroup(group.Id)
        {
            Generation = group.Epoch,
            SpentGeneration = group.Epoch + 1,
            ProtocolType = Subscriptions.ConsumerType,
        };
        foreach (var member in group.Members.Where(member => leaving.All(left => left.Id != member.Id))) classic.Add(MemberOf(member));
        if (classic.Members.Count == 0)
        {
            classic.Enter(GroupPhase.Empty, turn.UtcMs);
            turn.Decision.Append(GroupRecords.OfEmpty(classic));
            return classic;
        }
        classic.Protocol = ProtocolVote.Choose(classic.Members);
        classic.SubscribedTopics = Subscriptions.Of(classic);
        classic.Enter(GroupPhase.Stable, turn.UtcMs);
        bool isCutOff = ShareAPartition(classic.Members.Select(member => TargetOf(group, member)));
        foreach (var member in classic.Members)
        {
            var assigned = isCutOff ? group.Member(member.Id)!.Assigned.Keys : TargetOf(group, member);
            member.Assignment = ConsumerProtocolBytes.Assignment(assigned, turn.Image.Topics, member.MetadataFor(classic.Protocol));
        }
        // The group rebalances now, which no record says. After a restart nobody is of the generation that it finds, so that all join again:
        // also those who had joined, whose generation is the next but one.
        turn.Decision.Append(GroupRecords.Of(classic, classic.SpentGeneration, static member => member.Assignment));
        return classic;
    }

    /// <summary>In a rebalance members may speak the group's protocol no longer, but they have one in common.</summary>
    private static string? ProtocolOf(ClassicGroup group) =>
        group.Phase == GroupPhase.Stable || group.Members.Count == 0 ? group.Protocol : ProtocolVote.Choose(group.Members);

    /// <summary>A generation that ended without an assignment has none for its members, who still read by the one before.</summary>
    private static byte[] AssignmentOf(GroupMember member, GroupMetadataValue? stored) =>
        member.Assignment.Length > 0 ? member.Assignment : stored?.Members.Find(saved => saved.MemberId == member.Id)?.Assignment ?? [];

    private static ConsumerMember? MemberOf(ClassicGroup group, GroupMember member, string? protocol, ReadOnlyMemory<byte> assignment, Turn turn)
    {
        if (!ConsumerProtocolBytes.TryReadSubscription(member.MetadataFor(protocol), out var subscription)) return null;
        if (!ConsumerProtocolBytes.TryReadAssignment(assignment, turn.Image.Topics, out var assigned)) return null;
        return new ConsumerMember
        {
            Id = member.Id,
            InstanceId = member.InstanceId,
            RackId = string.IsNullOrEmpty(subscription.RackId) ? null : subscription.RackId,
            ClientId = member.ClientId,
            ClientHost = member.ClientHost,
            Topics = ConsumerMember.Sorted(subscription.Topics),
            RebalanceTimeoutMs = member.RebalanceTimeoutMs,
            Classic = new ClassicMetadata
            {
                SessionTimeoutMs = member.SessionTimeoutMs,
                SupportedProtocols = [.. member.Protocols.Select(offer =>
                    new ConsumerGroupMemberMetadataValue.ClassicProtocol { Name = offer.Name, Metadata = offer.Metadata })],
            },
            Epoch = group.Generation,
            PreviousEpoch = group.Generation,
            Assigned = assigned.ToDictionary(partition => partition, _ => group.Generation),
        };
    }

    private static IEnumerable<TopicIdPartition> TargetOf(ConsumerGroup group, GroupMember member) => (IEnumerable<TopicIdPartition>?)group.Target(member.Id) ?? [];

    /// <summary>Whether two members have the same.</summary>
    private static bool ShareAPartition(IEnumerable<IEnumerable<TopicIdPartition>> members)
    {
        var assigned = new HashSet<TopicIdPartition>();
        return members.Any(partitions => partitions.Any(partition => !assigned.Add(partition)));
    }

    private static GroupMember MemberOf(ConsumerMember member) => new()
    {
        Id = member.Id,
        InstanceId = member.InstanceId,
        ClientId = member.ClientId,
        ClientHost = member.ClientHost,
        SessionTimeoutMs = member.Classic!.SessionTimeoutMs,
        RebalanceTimeoutMs = member.RebalanceTimeoutMs,
        Protocols = member.Classic.SupportedProtocols.ConvertAll(offer =>
            new JoinGroupRequest.JoinGroupRequestProtocol { Name = offer.Name, Metadata = offer.Metadata }),
    };
}
