using Moldau.Coordination.Patterns;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>
/// Looks the patterns of a group up among the topics that there are, apart from the heartbeat that asks for it: all at once, so that one
/// new assignment comes of it.
/// </summary>
internal static class PatternResolution
{
    /// <summary>How long what was found stands at least, however often patterns and topics change.</summary>
    private const int IntervalMs = 1_000;

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
        foreach (string pattern in group.SubscribedPatterns)
        {
            var found = ClientPattern.Match(pattern, group.Turn.Image.Topics.ByName.Keys);
            if (group.Pattern(pattern) is { } former && found.SetEquals(former.Topics)) continue;
            hasChanged |= found.Count > 0 || group.Pattern(pattern) is not null;
            // The version is Kafka's offset of the metadata that it looked at; with none, Kafka looks the pattern up itself.
            group.PutPattern(pattern, new ResolvedPattern(found, Version: 0, group.Turn.UtcMs));
        }
        group.Refresh(hasChanged);
    }
}
