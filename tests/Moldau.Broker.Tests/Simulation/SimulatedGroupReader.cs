using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>A member that reads what it owns and commits how far it is.</summary>
internal sealed class SimulatedGroupReader(SimulatedBroker broker, List<HistoryEvent> history, Random chance, int process)
    : SimulatedMember(broker, history, chance, process)
{
    private const short CommitVersion = 9, CommitByIdVersion = 10;

    private (GroupMembership As, LogPosition Position)? _lastCommit;

    protected override async Task WorkAsync()
    {
        if (Membership.Owned.Count == 0) return;
        var at = Membership.Owned.ElementAt(Chance.Next(Membership.Owned.Count));
        if (await PositionAsync(at, isStable: false) is not { } position) return;
        var fetched = await FetchAsync(Membership.Subscription.Topics.IdOf(at.Topic), at.Partition, position);
        if (fetched?.ErrorCode != ErrorCode.None) return;
        var (records, next) = CommittedRecords.Of(at.Topic, fetched, position);
        if (records.Count > 0) Note(new Polled(Process, records) { IsReadCommitted = true });
        Membership.Positions[at] = next;
        if (Membership.As is { } member && (IsReliable || Chance.Next(3) > 0)) Membership.Heed(await CommitAsync(member, new(at.Topic, at.Partition, next)));
    }

    /// <summary>What it has committed last comes again, whatever it is by now; or somebody commits who never was a member, or is none yet.</summary>
    protected override async Task GoAstrayAsync()
    {
        if (Chance.Next(2) == 0)
        {
            if (_lastCommit is { } last && last.As != Membership.As) await CommitAsync(last.As, last.Position);
        }
        else if (Membership is { As: { } member, Owned: { Count: > 0 } owned })
        {
            var (topic, partition) = owned.First();
            await CommitAsync(Stray(member), new(topic, partition, Chance.Next(1_000, 2_000)));
        }
    }

    private async Task<ErrorCode> CommitAsync(GroupMembership member, LogPosition position)
    {
        if (member == Membership.As) _lastCommit = (member, position);
        var topics = Membership.Subscription.Topics;
        var answer = await AskAsync<OffsetCommitRequest, OffsetCommitResponse>(new()
        {
            GroupId = member.Group,
            MemberId = member.Member,
            GroupInstanceId = member.Instance,
            GenerationIdOrMemberEpoch = member.Generation,
            Topics =
            [
                new()
                {
                    Name = topics.NameOf(position.Topic),
                    TopicId = topics.IdOf(position.Topic),
                    Partitions = [new() { PartitionIndex = position.Partition, CommittedOffset = position.Offset }],
                },
            ],
        }, NamesById(position.Topic) ? CommitByIdVersion : CommitVersion);
        var error = answer?.Topics[0].Partitions[0].ErrorCode;
        var outcome = error is null ? SendOutcome.Unknown : error == ErrorCode.None ? SendOutcome.Acknowledged : SendOutcome.Refused;
        Note(new CommittedPosition(Process, member, position, outcome));
        return error ?? ErrorCode.None;
    }
}
