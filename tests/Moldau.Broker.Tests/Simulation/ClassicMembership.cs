using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// A consumer of the classic protocol that gives up all it has before it joins again; one of them assigns for all. A static one has its place
/// taken by whoever comes with its instance id, and learns of it later.
/// </summary>
internal sealed class ClassicMembership(SimulatedClient client, GroupSubscription subscription, string? instance = null) : SimulatedMembership(client, subscription, instance)
{
    private const short JoinVersion = 9, SyncVersion = 5, HeartbeatVersion = 4, LeaveVersion = 5;
    private const int SessionMs = 10_000, RebalanceMs = 15_000;
    private const string ProtocolType = "consumer", Protocol = "any";

    private GroupMembership? _former;
    private string _memberId = "";
    private int? _generation;
    private long _heardOfMs;
    private ParkedAnswer<JoinGroupResponse>? _join;
    private ParkedAnswer<SyncGroupResponse>? _sync;
    private long _syncMs;

    public override GroupMembership? As => _generation is { } generation && _sync is null ? Member(generation) : null;

    public override bool IsSettled => As is not null;

    protected override long OwnedUntilMs => _heardOfMs + Math.Min(SessionMs, RebalanceMs);

    public override async Task SpeakAsync()
    {
        if (_join is not null) await TakeJoinAsync(_join);
        else if (_sync is not null) await TakeSyncAsync(_sync);
        else if (IsKeptOut && Client.IsReliable) return; // Each would take the other's place without an end.
        else if (_generation is null) Join();
        else await HeartbeatAsync();
    }

    public override void Die()
    {
        if (Client.Chance.Next(2) == 0) Client.Disconnect();
        GiveUp();
    }

    /// <summary>As a client that has something new to say.</summary>
    public override Task SurpriseAsync()
    {
        JoinAgain();
        return Task.CompletedTask;
    }

    public override async Task SpeakLateAsync()
    {
        if (_former is not { } former) return;
        _former = null;
        if (await BeatAsync(former) is { } answer) NoteLate(former, owned: null, answer.ErrorCode);
    }

    public override void Heed(ErrorCode error)
    {
        switch (error)
        {
            case ErrorCode.UnknownMemberId: GiveUp(); break;
            case ErrorCode.RebalanceInProgress when IsStubborn: break;
            case ErrorCode.IllegalGeneration or ErrorCode.RebalanceInProgress: JoinAgain(); break;
            case ErrorCode.FencedInstanceId:
                IsKeptOut = true;
                GiveUp();
                break;
        }
    }

    public override async Task LeaveAsync()
    {
        var request = new LeaveGroupRequest { GroupId = Subscription.Group, Members = [new() { MemberId = _memberId, GroupInstanceId = Instance }] };
        var member = As;
        Own([]);
        var answer = await Client.AskAsync<LeaveGroupRequest, LeaveGroupResponse>(request, LeaveVersion);
        if (answer?.ErrorCode == ErrorCode.None && answer.Members[0].ErrorCode == ErrorCode.None && member is { } left) Client.Note(new LeftGroup(Client.Process, left));
        GiveUp();
    }

    private GroupMembership Member(int generation) => new(Subscription.Group, _memberId, generation) { Instance = Instance, SpeaksClassic = true };

    private void JoinAgain()
    {
        _former = As ?? _former;
        Own([]);
        _generation = null;
        (_join, _sync) = (null, null);
    }

    private void GiveUp()
    {
        JoinAgain();
        IsStubborn = false;
        _memberId = "";
    }

    private void Join() => _join = Client.Park<JoinGroupRequest, JoinGroupResponse>(new()
    {
        GroupId = Subscription.Group,
        MemberId = _memberId,
        GroupInstanceId = Instance,
        SessionTimeoutMs = SessionMs,
        RebalanceTimeoutMs = RebalanceMs,
        ProtocolType = ProtocolType,
        Protocols = [new() { Name = Protocol, Metadata = ConsumerProtocolText.Subscription(Subscription.TopicNames) }],
    }, JoinVersion);

    private async Task TakeJoinAsync(ParkedAnswer<JoinGroupResponse> parked)
    {
        if (!await parked.IsThereAsync()) return;
        _join = null;
        var answer = await parked.TakeAsync();
        Client.Trouble = $"join as '{_memberId}': {answer?.ErrorCode}";
        if (answer?.ErrorCode == ErrorCode.MemberIdRequired) _memberId = answer.MemberId;
        if (answer?.ErrorCode is ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId) Heed(answer.ErrorCode);
        if (answer?.ErrorCode != ErrorCode.None) return;
        IsKeptOut = false;
        _memberId = answer.MemberId;
        _generation = answer.GenerationId;
        _syncMs = Client.NowMs;
        bool assigns = answer.Leader == _memberId && !answer.SkipAssignment;
        _sync = Client.Park<SyncGroupRequest, SyncGroupResponse>(new()
        {
            GroupId = Subscription.Group,
            MemberId = _memberId,
            GroupInstanceId = Instance,
            GenerationId = answer.GenerationId,
            ProtocolType = ProtocolType,
            ProtocolName = Protocol,
            Assignments = assigns ? Assign(answer.Members) : [],
        }, SyncVersion);
    }

    /// <summary>Each partition to one of the members, whoever that is.</summary>
    private List<SyncGroupRequest.SyncGroupRequestAssignment> Assign(List<JoinGroupResponse.JoinGroupResponseMember> members)
    {
        int first = Client.Chance.Next(members.Count);
        var partitions = Subscription.All.Select((partition, at) => (partition, Member: (at + first) % members.Count)).ToLookup(given => given.Member, given => given.partition);
        return
        [
            .. members.Select((member, index) => new SyncGroupRequest.SyncGroupRequestAssignment
            {
                MemberId = member.MemberId,
                Assignment = ConsumerProtocolText.Assignment(partitions[index]),
            }),
        ];
    }

    private async Task TakeSyncAsync(ParkedAnswer<SyncGroupResponse> parked)
    {
        if (!await parked.IsThereAsync()) return;
        _sync = null;
        var answer = await parked.TakeAsync();
        Client.Trouble = $"sync in {_generation}: {answer?.ErrorCode}";
        if (answer?.ErrorCode == ErrorCode.None)
        {
            _heardOfMs = _syncMs;
            Own(ConsumerProtocolText.Assigned(answer.Assignment), isComplete: true);
            return;
        }
        if (answer?.ErrorCode == ErrorCode.RebalanceInProgress) Client.Note(new SentBack(Client.Process, Member(_generation!.Value)));
        _generation = null; // It has nothing that it could give up.
        if (answer is not null) Heed(answer.ErrorCode);
    }

    private async Task HeartbeatAsync()
    {
        long sentMs = Client.NowMs;
        if (await BeatAsync(Member(_generation!.Value)) is not { } answer) return;
        Client.Trouble = $"heartbeat of {_memberId} in {_generation}: {answer.ErrorCode}";
        Heed(answer.ErrorCode);
        if (answer.ErrorCode != ErrorCode.None) return;
        _heardOfMs = sentMs;
        Own(Owned);
    }

    private Task<HeartbeatResponse?> BeatAsync(GroupMembership member) => Client.AskAsync<HeartbeatRequest, HeartbeatResponse>(new()
    {
        GroupId = member.Group,
        MemberId = member.Member,
        GroupInstanceId = member.Instance,
        GenerationId = member.Generation,
    }, HeartbeatVersion);
}
