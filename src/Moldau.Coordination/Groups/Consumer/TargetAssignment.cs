using Moldau.Coordination.Groups.Assignors;
using Moldau.Coordination.Groups.Modern;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>Makes the target assignment of a group for its present epoch.</summary>
internal static class TargetAssignment
{
    private static readonly IAssignor[] Assignors = [new UniformAssignor(), new RangeAssignor()];

    public static bool IsKnown(string assignor, ConsumerGroupSettings settings) => settings.Assignors.Contains(assignor);

    /// <summary>Not before the last one has stood for the interval between assignments.</summary>
    public static void UpdateIfDue(ConsumerGroupDraft group)
    {
        if (group.Epoch <= group.TargetEpoch) return;
        if (AssignmentInterval.HasPassed(group.TargetTimestampMs, group.Settings.AssignmentIntervalMs.Value, group.Turn)) Update(group);
    }

    /// <summary>The assignor that most members vote for; between equals, and where nobody votes, the first one configured.</summary>
    public static string ChosenAssignor(IEnumerable<ConsumerMember> members, ConsumerGroupSettings settings)
    {
        var votes = members.Where(member => member.Assignor is not null).CountBy(member => member.Assignor!).ToDictionary();
        return settings.Assignors.MaxBy(name => votes.GetValueOrDefault(name)) ?? Assignors[0].Name;
    }

    private static void Update(ConsumerGroupDraft group)
    {
        var topics = group.Turn.Image.Topics;
        var members = group.Members.ToList();
        var seen = members.ConvertAll(member => Seen(group, member));
        string chosen = ChosenAssignor(members, group.Settings);
        var assignor = Assignors.First(known => known.Name == chosen);
        var assigned = assignor.Assign(seen, topic => topics.ById[topic].Partitions.Length);
        group.Turn.Decision.Divide(); // A target counts with its epoch, which comes last; before that it is made anew.
        for (int at = 0; at < members.Count; at++)
        {
            if (group.Target(members[at].Id) is { } former && former.SetEquals(assigned[at])) continue;
            group.PutTarget(members[at].Id, assigned[at]);
        }
        group.FinishTarget(group.Turn.UtcMs);
    }

    private static AssignorMember Seen(ConsumerGroupDraft group, ConsumerMember member)
    {
        var target = group.Target(member.Id) ?? new HashSet<TopicIdPartition>();
        return new AssignorMember(member.Id, TopicIdsOf(group, member), target) { InstanceId = member.InstanceId };
    }

    /// <summary>The topics of the member's subscription that exist.</summary>
    public static HashSet<Guid> TopicIdsOf(ConsumerGroupDraft group, ConsumerMember member)
    {
        var ids = new HashSet<Guid>();
        foreach (string name in group.TopicsOf(member))
        {
            if (group.Turn.Image.Topics.ByName.TryGetValue(name, out var topic)) ids.Add(topic.Id);
        }
        return ids;
    }
}
