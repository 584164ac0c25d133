using Moldau.Coordination.Patterns;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>
/// A pattern of a group's members matches no topics, since it cannot be looked up in bounded time, or cannot even be read; an operator is to know.
/// </summary>
internal sealed record PatternGivenUp(string GroupId, string Pattern, string Reason) : Effect;

/// <summary>
/// Looks the patterns of a group up among the topics that there are, apart from the heartbeat that asks for it: all at once, so that one
/// new assignment comes of it.
/// </summary>
internal static class PatternResolution
{
    /// <summary>How long what was found stands at least, however often patterns and topics change.</summary>
    private const int IntervalMs = 1_000;

    /// <summary>What all patterns of a group may cost at once, lest those of one group hold up the others.</summary>
    private const int GroupBudgetSteps = 10 * PatternMatcher.BudgetSteps;

    /// <summary>For a pattern that is new, or when the topics are not those that were looked at.</summary>
    public static void ScheduleIfNeeded(ConsumerGroupDraft group, string pattern)
    {
        var watch = group.Watch;
        bool isNeeded = watch.ResolvedTopics != group.Turn.Image.Topics || group.Pattern(pattern) is null;
        if (!isNeeded || watch.Deadlines.IsSet(watch.PatternKey)) return;
        long waitMs = watch.ResolvedMs is { } resolvedMs ? Math.Max(resolvedMs + IntervalMs - group.Turn.NowMs, 0) : 0;
        watch.Deadlines.Set(watch.PatternKey, waitMs, group.Turn);
    }

    public static void Resolve(ConsumerGroupDraft group)
    {
        group.Watch.ResolvedTopics = group.Turn.Image.Topics;
        group.Watch.ResolvedMs = group.Turn.NowMs;
        bool hasChanged = false;
        int budget = GroupBudgetSteps;
        foreach (string pattern in group.SubscribedPatterns)
        {
            var found = Find(pattern, group.Turn.Image.Topics.ByName.Keys, ref budget, out string? givenUp);
            var former = group.Pattern(pattern);
            if (former is not null && found.SetEquals(former.Topics)) continue;
            // The version is Kafka's offset of the metadata that it looked at; with none, Kafka looks the pattern up itself.
            group.PutPattern(pattern, new ResolvedPattern(found, Version: 0, group.Turn.UtcMs));
            // That a topic is gone has its own epoch, by the hash of what there is.
            hasChanged |= former is null
                ? found.Count > 0 || IsToGiveUp(group, pattern)
                : !found.SetEquals(former.Topics.Where(group.Turn.Image.Topics.ByName.ContainsKey));
            if (givenUp is not null) group.Turn.Decision.Cause(new PatternGivenUp(group.Id, pattern, givenUp));
        }
        group.Refresh(hasChanged);
    }

    /// <summary>Whether a member that has the pattern is to have what it no longer asks for: it had another pattern before.</summary>
    private static bool IsToGiveUp(ConsumerGroupDraft group, string pattern) => group.Members.Any(member =>
        member.Pattern == pattern
        && group.Target(member.Id) is { Count: > 0 } target
        && TargetAssignment.TopicIdsOf(group, member) is var topics
        && target.Any(partition => !topics.Contains(partition.Topic)));

    /// <summary>
    /// A pattern that is given up matches nothing, rather than some topics and not others. So does one that another version of the broker let pass.
    /// </summary>
    private static HashSet<string> Find(string pattern, IEnumerable<string> names, ref int budget, out string? givenUp)
    {
        givenUp = ClientPattern.Fault(pattern);
        if (ClientPattern.Matcher(pattern, Math.Min(budget, PatternMatcher.BudgetSteps)) is not { } matcher) return [];
        var found = names.Where(matcher.Matches).ToHashSet(StringComparer.Ordinal);
        budget -= matcher.Spent;
        if (!matcher.IsExhausted) return found;
        givenUp = "it costs too much to look it up, by itself or together with the other patterns of the group";
        return [];
    }
}
