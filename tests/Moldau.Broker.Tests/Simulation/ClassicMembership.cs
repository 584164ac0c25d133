using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// A consumer of the classic protocol that gives up all it has before it joins again, or, a cooperative one, only what it is not given again; one
/// of them assigns for all. A static one has its place taken by whoever comes with its instance id, and learns of it later.
/// </summary>
internal sealed class ClassicMembership(SimulatedClient client, GroupSubscription subscription, string? instance = null) : SimulatedMembership(client, subscription, instance)
{
    private const short JoinVersion = 9, SyncVersion = 5, HeartbeatVersion = 4, LeaveVersion = 5;
    private const int SessionMs = 15_000, RebalanceMs = 20_000;
    private const string ProtocolType = "consumer", Protocol = "any";

    private const int NoGeneration = -1, NeverAssigned = -1;

    private GroupMembership? _former;
    private string _memberId = "";
    private int? _generation;
    private long _heardOfMs;
    private ParkedAnswer<JoinGroupResponse>? _join;
    private ParkedAnswer<SyncGroupResponse>? _sync;
    private long _syncMs;
    private bool _mayHaveJoined;
    private int _ownsSince = NoGeneration;
    private int _syncedWith;
    private int? _assignedWith;

    /// <summary>As KIP-429 has it: what others are to have it gives up, and joins once more for that.</summary>
    public bool IsCooperative { get; init; }

    public override GroupMembership? As => _generation is { } generation && _sync is null ? Member(generation) : null;

    public override bool IsSettled => As is not null;

    /// <summary>Not for certain, where the coordinator may take it to have joined again and given up everything.</summary>
    protected override long OwnedUntilMs => _mayHaveJoined && Instance is null ? 0 : _heardOfMs + Math.Min(SessionMs, RebalanceMs);

    public override async Task SpeakAsync()
    {
        if (Owned.Any(IsGone)) Own(Owned.Where(partition => !IsGone(partition)));
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
        if (_former is not { } former || As is not { } member) return;
        ErrorCode? error = Client.Chance.Next(4) switch
        {
            0 or 1 when Instance is not null && former.Member != member.Member => await LeaveLateAsync(former),
            0 or 1 or 2 when former.Generation < member.Generation => await SyncLateAsync(former),
            _ => (await BeatAsync(former))?.ErrorCode,
        };
        if (error is { } answered) NoteLate(former, owned: null, answered);
    }

    private async Task<ErrorCode?> LeaveLateAsync(GroupMembership former)
    {
        var answer = await Client.AskAsync<LeaveGroupRequest, LeaveGroupResponse>(Leaving(former.Member), LeaveVersion);
        return answer?.Members[0].ErrorCode;
    }

    /// <summary>Nobody waits for the answer, since it is to come at once.</summary>
    private async Task<ErrorCode?> SyncLateAsync(GroupMembership former)
    {
        var parked = Client.Park<SyncGroupRequest, SyncGroupResponse>(Syncing(former), SyncVersion);
        return await parked.IsThereAsync() ? (await parked.TakeAsync())?.ErrorCode : null;
    }

    public override void Heed(ErrorCode error)
    {
        switch (error)
        {
            case ErrorCode.UnknownMemberId: GiveUp(); break;
            case ErrorCode.RebalanceInProgress when IsStubborn: break;
            case ErrorCode.RebalanceInProgress: JoinAgain(); break;
            case ErrorCode.IllegalGeneration:
                Own([]); // Others may have it by now.
                JoinAgain();
                break;
            case ErrorCode.FencedInstanceId:
                IsKeptOut = true;
                GiveUp();
                break;
        }
    }

    public override async Task LeaveAsync()
    {
        var member = As;
        Own([]);
        NoteLeft(member, await Client.AskAsync(Leaving(_memberId), LeaveVersion, new LateArrival<LeaveGroupResponse> { Came = late => NoteLeft(member, late) }));
        GiveUp();
    }

    private LeaveGroupRequest Leaving(string memberId) => new() { GroupId = Subscription.Group, Members = [new() { MemberId = memberId, GroupInstanceId = Instance }] };

    /// <summary>Another may have its place by then, and must not lose it by that.</summary>
    private void NoteLeft(GroupMembership? member, LeaveGroupResponse? answer)
    {
        if (answer?.ErrorCode != ErrorCode.None || member is not { } left) return;
        var error = answer.Members[0].ErrorCode;
        NoteLate(left, owned: null, error);
        if (error == ErrorCode.None) Client.Note(new LeftGroup(Client.Process, left));
    }

    private bool IsGone((string Topic, int Partition) partition) => !Subscription.Topics.Has(partition.Topic);

    private GroupMembership Member(int generation) => new(Subscription.Group, _memberId, generation) { Instance = Instance, SpeaksClassic = true };

    private void JoinAgain()
    {
        _former = As ?? _former;
        if (!IsCooperative) Own([]);
        _generation = null;
        (_join, _sync) = (null, null);
    }

    private void GiveUp()
    {
        Own([]);
        JoinAgain();
        IsStubborn = false;
        _memberId = "";
    }

    private void Join()
    {
        var request = new JoinGroupRequest
        {
            GroupId = Subscription.Group,
            MemberId = _memberId,
            GroupInstanceId = Instance,
            SessionTimeoutMs = SessionMs,
            RebalanceTimeoutMs = RebalanceMs,
            ProtocolType = ProtocolType,
            Protocols = [new() { Name = Protocol, Metadata = ConsumerProtocolText.Subscription(Subscription.Topics.Names, Subscription.Named(Owned), _ownsSince) }],
        };
        _mayHaveJoined = false;
        _join = Client.Park(request, JoinVersion, new LateArrival<JoinGroupResponse> { Coming = () => HearOfLate(request.MemberId) });
    }

    /// <summary>What it said in this place, and does not wait for, comes to the coordinator.</summary>
    private void HearOfLate(string memberId)
    {
        if (memberId != _memberId) return;
        _mayHaveJoined = true;
        if ((As ?? _former) is { } member) NoteOwned(member, isComplete: false);
    }

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
        bool leads = answer.Leader == _memberId, assigns = leads && !answer.SkipAssignment;
        _syncedWith = Subscription.Topics.Changes;
        _assignedWith = leads ? assigns ? _syncedWith : NeverAssigned : null;
        var request = Syncing(Member(answer.GenerationId));
        if (assigns) request.Assignments = Assign(answer.Members);
        _sync = Client.Park(request, SyncVersion, new LateArrival<SyncGroupResponse> { Coming = () => HearOfLate(request.MemberId) });
    }

    private static SyncGroupRequest Syncing(GroupMembership member) => new()
    {
        GroupId = member.Group,
        MemberId = member.Member,
        GroupInstanceId = member.Instance,
        GenerationId = member.Generation,
        ProtocolType = ProtocolType,
        ProtocolName = Protocol,
    };

    private List<SyncGroupRequest.SyncGroupRequestAssignment> Assign(List<JoinGroupResponse.JoinGroupResponseMember> members)
    {
        var shares = new ClassicShares(Subscription.Named(Subscription.Topics.All), members, first: Client.Chance.Next(members.Count));
        return [.. members.Select(member => new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = member.MemberId, Assignment = ConsumerProtocolText.Assignment(shares.Of(member.MemberId)) })];
    }

    private async Task TakeSyncAsync(ParkedAnswer<SyncGroupResponse> parked)
    {
        if (!await parked.IsThereAsync()) return;
        _sync = null;
        var answer = await parked.TakeAsync();
        Client.Trouble = $"sync in {_generation}: {answer?.ErrorCode}";
        // Names do not tell which of the topics was meant, if there is another by now: then it joins again.
        if (answer?.ErrorCode == ErrorCode.None && _syncedWith == Subscription.Topics.Changes)
        {
            TakeAssigned([.. Subscription.Entitled(ConsumerProtocolText.Assigned(answer.Assignment))]);
            return;
        }
        // Unless it was so because the coordinator heard the same twice.
        if (answer?.ErrorCode == ErrorCode.RebalanceInProgress && !_mayHaveJoined) Client.Note(new SentBack(Client.Process, Member(_generation!.Value)));
        _generation = null; // What it had before it joined, if it kept that, it has as before.
        if (answer is not null) Heed(answer.ErrorCode);
    }

    private void TakeAssigned(HashSet<(string Topic, int Partition)> assigned)
    {
        bool givesUp = !Owned.IsSubsetOf(assigned);
        _heardOfMs = _syncMs;
        _ownsSince = _generation!.Value;
        Own(assigned.Where(partition => !IsGone(partition)), isComplete: true);
        if (givesUp) JoinAgain(); // Whoever is to have it gets it then.
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
        if (_assignedWith is { } assigned && assigned < Subscription.Topics.Changes) JoinAgain(); // Whoever leads looks after what has come since.
    }

    private Task<HeartbeatResponse?> BeatAsync(GroupMembership member) => Client.AskAsync<HeartbeatRequest, HeartbeatResponse>(new()
    {
        GroupId = member.Group,
        MemberId = member.Member,
        GroupInstanceId = member.Instance,
        GenerationId = member.Generation,
    }, HeartbeatVersion);
}
