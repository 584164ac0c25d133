using Moldau.Coordination.Groups.Modern;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>
/// A group as it will be when the records that a decision has so far are applied. What is changed here goes into the decision as a record;
/// the group itself stays as it is stored.
/// </summary>
internal sealed class StreamsGroupDraft(StreamsGroup stored, StreamsGroupWatch watch, Turn turn)
{
    private readonly Dictionary<string, MemberTasks?> _targets = [];

    public string Id => stored.Id;

    public Turn Turn => turn;

    /// <summary>The soft half of the group.</summary>
    public StreamsGroupWatch Watch => watch;

    public StreamsGroupSettings Settings { get; } = turn.Settings.Streams.Of(stored.Id, turn.Image);

    public MemberChanges<StreamsMember> Members { get; } = new(stored.MemberTable);

    /// <summary>Whether the group had no members before.</summary>
    public bool WasEmpty => stored.Members.Count == 0;

    public StreamsGroupMetadataValue Metadata { get; private set; } = stored.Metadata;

    public int Epoch => Metadata.Epoch;

    public int TargetEpoch { get; private set; } = stored.TargetEpoch;

    /// <summary>A target for nobody need not stand.</summary>
    public long TargetTimestampMs => stored.IdsWithTarget.Any() ? stored.TargetTimestampMs : 0;

    public StreamsGroupTopologyValue? Topology { get; private set; } = stored.Topology;

    public MemberTasks? Target(string memberId) => _targets.TryGetValue(memberId, out var changed) ? changed : stored.Target(memberId);

    /// <summary>The other members that have the task in any role. One that is replaced or gone has nothing any more.</summary>
    public IEnumerable<StreamsMember> OthersWith(TaskId task, string memberId) =>
        stored.HoldersOf(task).Where(holder => holder != memberId).Select(Members.Find).OfType<StreamsMember>();

    public void SetTopology(StreamsGroupTopologyValue topology)
    {
        Topology = topology;
        turn.Decision.Append(StreamsGroupRecords.Topology(Id, topology));
    }

    public void PutDescription(StreamsMember member)
    {
        Members.Put(member);
        turn.Decision.Append(StreamsGroupRecords.Description(Id, member));
    }

    public void PutAssignment(StreamsMember member)
    {
        Members.Put(member);
        turn.Decision.Append(StreamsGroupRecords.Assignment(Id, member));
    }

    public void Remove(StreamsMember member)
    {
        Members.Remove(member.Id);
        _targets[member.Id] = null;
        foreach (var record in StreamsGroupRecords.MemberGone(Id, member.Id)) turn.Decision.Append(record);
    }

    /// <summary>A static member comes back under another id, with what it had and was to have.</summary>
    public void Replace(StreamsMember former, StreamsMember successor)
    {
        var target = Target(former.Id);
        Remove(former);
        PutDescription(successor);
        if (target is not null) PutTarget(successor.Id, target);
        PutAssignment(successor);
    }

    /// <summary>The next epoch, with what it is made of.</summary>
    public void NextEpoch(long metadataHash, int validatedTopologyEpoch)
    {
        Metadata = new StreamsGroupMetadataValue
        {
            Epoch = Epoch + 1,
            MetadataHash = metadataHash,
            ValidatedTopologyEpoch = validatedTopologyEpoch,
            LastAssignmentConfigs =
            [
                .. Settings.OfAssignment().Select(setting => new StreamsGroupMetadataValue.LastAssignmentConfig { Key = setting.Key, Value = setting.Value }),
            ],
            // What a Kafka with a plug-in for descriptions stored stays as it is.
            StoredDescriptionTopologyEpoch = Metadata.StoredDescriptionTopologyEpoch,
            FailedDescriptionTopologyEpoch = Metadata.FailedDescriptionTopologyEpoch,
        };
        turn.Decision.Append(StreamsGroupRecords.Metadata(Id, Metadata));
    }

    public void PutTarget(string memberId, MemberTasks target)
    {
        _targets[memberId] = target;
        turn.Decision.Append(StreamsGroupRecords.TargetOf(Id, memberId, target));
    }

    /// <summary>The targets are complete for the present epoch.</summary>
    public void FinishTarget(long timestampMs)
    {
        TargetEpoch = Epoch;
        turn.Decision.Append(StreamsGroupRecords.TargetEpoch(Id, Epoch, timestampMs));
    }
}
