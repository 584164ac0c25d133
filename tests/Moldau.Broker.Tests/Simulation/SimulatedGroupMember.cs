using System.Globalization;
using System.Text;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// A member of a classic group that reads what it is assigned and commits how far it is. It may leave, die, or fall silent until nobody counts
/// on it, and then go on as if nothing had happened.
/// </summary>
internal sealed class SimulatedGroupMember(SimulatedBroker broker, List<HistoryEvent> history, Random chance, int process, SimulatedGroupMember.Subscription subscription)
    : SimulatedClient(broker, history, chance, process)
{
    private const short JoinVersion = 9, SyncVersion = 5, HeartbeatVersion = 4, LeaveVersion = 5, CommitVersion = 9, OffsetFetchVersion = 9;
    private const int SessionMs = 10_000, RebalanceMs = 15_000, SilentStepsMax = 12;
    private const string ProtocolType = "consumer", Protocol = "any";

    private readonly Dictionary<int, long> _positions = [];
    private string _memberId = "";
    private int? _generation;
    private HashSet<int> _assigned = [];
    private ParkedAnswer<JoinGroupResponse>? _join;
    private ParkedAnswer<SyncGroupResponse>? _sync;
    private (GroupMembership As, LogPosition Position)? _lastCommit;
    private int _silentSteps;

    /// <summary>What is read, by which group.</summary>
    internal sealed record Subscription(string Topic, int Partitions, string Group);

    /// <summary>It has died for good.</summary>
    public bool IsGone { get; private set; }

    /// <summary>The generation of which it has an assignment; null while it has none.</summary>
    public int? AssignedIn => _join is null && _sync is null ? _generation : null;

    /// <summary>What it reads now; nothing while it does not know.</summary>
    public IReadOnlySet<int> Assigned => _assigned;

    private GroupMembership Membership => new(subscription.Group, _memberId, _generation ?? -1);

    /// <summary>Without a word, so that only its silence tells.</summary>
    public void GoForGood()
    {
        IsGone = true;
        _assigned = [];
    }

    public override async Task StepAsync()
    {
        if (IsGone || _silentSteps-- > 0) return;
        if (_join is not null) await TakeJoinAsync(_join);
        else if (_sync is not null) await TakeSyncAsync(_sync);
        else if (_generation is null) Join();
        else if (IsReliable) await SettleAsync();
        else await LiveAsync();
    }

    /// <summary>Never silent, so that no generation ends but for the one who died.</summary>
    private async Task SettleAsync()
    {
        await HeartbeatAsync();
        if (_generation is not null) await WorkAsync();
    }

    private Task LiveAsync()
    {
        switch (Chance.Next(30))
        {
            case 0: _silentSteps = Chance.Next(SilentStepsMax); return Task.CompletedTask;
            case 1: Die(); return Task.CompletedTask;
            case 2: return LeaveAsync();
            case 3: RejoinLater(); return Task.CompletedTask;
            case 4 or 5: return CommitOfThePastAsync();
            case 6: return CommitAsync(Membership with { Member = $"stranger-{Process}" }, AnyPosition());
            case < 14: return HeartbeatAsync();
            default: return WorkAsync();
        }
    }

    private void Die()
    {
        if (Chance.Next(2) == 0) Disconnect();
        GiveUpMembership();
    }

    /// <summary>As a client that has been told to join again, or that has something new to say.</summary>
    private void RejoinLater()
    {
        _generation = null;
        (_join, _sync) = (null, null);
        _assigned = [];
        _positions.Clear();
    }

    private void GiveUpMembership()
    {
        _memberId = "";
        RejoinLater();
    }

    private void Join() => _join = Park<JoinGroupRequest, JoinGroupResponse>(new()
    {
        GroupId = subscription.Group,
        MemberId = _memberId,
        SessionTimeoutMs = SessionMs,
        RebalanceTimeoutMs = RebalanceMs,
        ProtocolType = ProtocolType,
        Protocols = [new() { Name = Protocol, Metadata = [] }],
    }, JoinVersion);

    private async Task TakeJoinAsync(ParkedAnswer<JoinGroupResponse> parked)
    {
        if (!await parked.IsThereAsync()) return;
        _join = null;
        var answer = await parked.TakeAsync();
        Trouble = $"join as '{_memberId}': {answer?.ErrorCode}";
        if (answer?.ErrorCode == ErrorCode.MemberIdRequired) _memberId = answer.MemberId;
        if (answer?.ErrorCode == ErrorCode.UnknownMemberId) _memberId = "";
        if (answer?.ErrorCode != ErrorCode.None) return;
        _memberId = answer.MemberId;
        _generation = answer.GenerationId;
        _sync = Park<SyncGroupRequest, SyncGroupResponse>(new()
        {
            GroupId = subscription.Group,
            MemberId = _memberId,
            GenerationId = answer.GenerationId,
            ProtocolType = ProtocolType,
            ProtocolName = Protocol,
            Assignments = answer.Leader == _memberId ? Assign(answer.Members) : [],
        }, SyncVersion);
    }

    /// <summary>Each partition to one of the members, whoever that is.</summary>
    private List<SyncGroupRequest.SyncGroupRequestAssignment> Assign(List<JoinGroupResponse.JoinGroupResponseMember> members)
    {
        int first = Chance.Next(members.Count);
        return
        [
            .. members.Select((member, index) => new SyncGroupRequest.SyncGroupRequestAssignment
            {
                MemberId = member.MemberId,
                Assignment = Encoding.UTF8.GetBytes(string.Join(',', Enumerable.Range(0, subscription.Partitions)
                    .Where(partition => (partition + first) % members.Count == index))),
            }),
        ];
    }

    private async Task TakeSyncAsync(ParkedAnswer<SyncGroupResponse> parked)
    {
        if (!await parked.IsThereAsync()) return;
        _sync = null;
        var answer = await parked.TakeAsync();
        Trouble = $"sync in {_generation}: {answer?.ErrorCode}";
        if (answer?.ErrorCode == ErrorCode.UnknownMemberId) GiveUpMembership();
        if (answer?.ErrorCode != ErrorCode.None)
        {
            RejoinLater();
            return;
        }
        string[] assigned = Encoding.UTF8.GetString(answer.Assignment).Split(',', StringSplitOptions.RemoveEmptyEntries);
        _assigned = [.. assigned.Select(partition => int.Parse(partition, CultureInfo.InvariantCulture))];
        Note(new Synced(Process, Membership, [.. _assigned.Select(partition => (subscription.Topic, partition))]));
        Note(new Assigned(Process));
        if (!IsReliable && Chance.Next(2) == 0) await CommitOfThePastAsync();
    }

    private async Task HeartbeatAsync()
    {
        var answer = await AskAsync<HeartbeatRequest, HeartbeatResponse>(
            new() { GroupId = subscription.Group, MemberId = _memberId, GenerationId = _generation!.Value }, HeartbeatVersion);
        if (answer is not null) Heed(answer.ErrorCode);
    }

    private void Heed(ErrorCode error)
    {
        if (error != ErrorCode.None) Trouble = $"as {_memberId} in {_generation}: {error}";
        if (error is ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration) GiveUpMembership();
        if (error is ErrorCode.RebalanceInProgress) RejoinLater();
    }

    private async Task LeaveAsync()
    {
        string memberId = _memberId;
        var answer = await AskAsync<LeaveGroupRequest, LeaveGroupResponse>(new() { GroupId = subscription.Group, Members = [new() { MemberId = memberId }] }, LeaveVersion);
        if (answer?.ErrorCode == ErrorCode.None && answer.Members[0].ErrorCode == ErrorCode.None) Note(new LeftGroup(Process, subscription.Group, memberId));
        GiveUpMembership();
        if (Chance.Next(2) == 0) await CommitOfThePastAsync();
    }

    private async Task WorkAsync()
    {
        if (_assigned.Count == 0) return;
        int partition = _assigned.ElementAt(Chance.Next(_assigned.Count));
        if (!_positions.TryGetValue(partition, out long position))
        {
            if (await FindAsync(partition) is not { } found) return;
            position = _positions[partition] = found;
        }
        var fetched = await FetchAsync(subscription.Topic, partition, position);
        if (fetched?.ErrorCode != ErrorCode.None) return;
        var (records, next) = CommittedRecords.Of(subscription.Topic, fetched, position);
        if (records.Count > 0) Note(new Polled(Process, records) { IsReadCommitted = true });
        _positions[partition] = next;
        if (IsReliable || Chance.Next(3) > 0) Heed(await CommitAsync(Membership, new(subscription.Topic, partition, next)));
    }

    private LogPosition AnyPosition() => new(subscription.Topic, Chance.Next(subscription.Partitions), Chance.Next(1_000, 2_000));

    /// <summary>What it has committed last comes again, whatever it is by now.</summary>
    private async Task CommitOfThePastAsync()
    {
        if (_lastCommit is { } last && last.As != Membership) await CommitAsync(last.As, last.Position);
    }

    private async Task<ErrorCode> CommitAsync(GroupMembership member, LogPosition position)
    {
        if (member == Membership) _lastCommit = (member, position);
        var answer = await AskAsync<OffsetCommitRequest, OffsetCommitResponse>(new()
        {
            GroupId = member.Group,
            MemberId = member.Member,
            GenerationIdOrMemberEpoch = member.Generation,
            Topics = [new() { Name = position.Topic, Partitions = [new() { PartitionIndex = position.Partition, CommittedOffset = position.Offset }] }],
        }, CommitVersion);
        var error = answer?.Topics[0].Partitions[0].ErrorCode;
        var outcome = error is null ? SendOutcome.Unknown : error == ErrorCode.None ? SendOutcome.Acknowledged : SendOutcome.Refused;
        Note(new CommittedPosition(Process, member, position, outcome));
        return error ?? ErrorCode.None;
    }

    private async Task<long?> FindAsync(int partition)
    {
        var answer = await AskAsync<OffsetFetchRequest, OffsetFetchResponse>(new()
        {
            Groups = [new() { GroupId = subscription.Group, Topics = [new() { Name = subscription.Topic, PartitionIndexes = [partition] }] }],
        }, OffsetFetchVersion);
        if (answer?.Groups[0] is not { ErrorCode: ErrorCode.None } group || group.Topics[0].Partitions[0] is not { ErrorCode: ErrorCode.None } found) return null;
        long offset = Math.Max(found.CommittedOffset, 0);
        Note(new FoundPosition(Process, subscription.Group, new(subscription.Topic, partition, offset)));
        return offset;
    }
}
