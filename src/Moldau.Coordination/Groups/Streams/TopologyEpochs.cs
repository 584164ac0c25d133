using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>When a group goes to its next epoch, and what of its topology follows from that.</summary>
internal static class TopologyEpochs
{
    /// <summary>If the members have changed, or the topics of the topology, or the settings that assignments are made by.</summary>
    public static void Refresh(StreamsGroupDraft group, bool membersChanged)
    {
        if (group.Topology is not { } topology)
        {
            // The log has lost it. Nobody can be given a task before a member brings it again.
            if (membersChanged) group.NextEpoch(group.Metadata.MetadataHash, StreamsGroup.NoTopologyEpoch);
            return;
        }
        var resolved = group.Watch.Resolve(topology, group.Turn);
        long hash = HashOf(group, topology);
        int validated = resolved.IsReady ? topology.Epoch : StreamsGroup.NoTopologyEpoch;
        bool changed = membersChanged
            || hash != group.Metadata.MetadataHash
            || validated != group.Metadata.ValidatedTopologyEpoch
            || !HasSameSettings(group);
        if (changed) group.NextEpoch(hash, validated);
        if (resolved.Missing.Count > 0 && group.Watch.TakeTopicsTurn(group.Turn))
            group.Turn.Decision.Cause(new CreateInternalTopics(group.Id, resolved.Missing));
    }

    /// <summary>A topology without a change under topics without one has the hash that it had.</summary>
    private static long HashOf(StreamsGroupDraft group, StreamsGroupTopologyValue topology)
    {
        if (group.Watch.CheckedTopics == group.Turn.Image.Topics) return group.Metadata.MetadataHash;
        group.Watch.CheckedTopics = group.Turn.Image.Topics;
        return group.Turn.Hash.Of(TopologyResolution.TopicsOf(topology));
    }

    private static bool HasSameSettings(StreamsGroupDraft group)
    {
        var settings = group.Settings.OfAssignment();
        return group.Metadata.LastAssignmentConfigs is { } stored
            && stored.Count == settings.Count
            && settings.All(setting => stored.Exists(one => one.Key == setting.Key && one.Value == setting.Value));
    }
}
