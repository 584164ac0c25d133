using Moldau.Protocol;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// A member with an epoch of its own, as KIP-848 began it: heartbeats tell it what it is to have. What it is to have no longer it reads until
/// it says that it does not, and it may take its time for that. A static one may go away for a while, and come back in another process.
/// </summary>
internal abstract class EpochMembership(SimulatedClient client, GroupSubscription subscription, string? instance) : SimulatedMembership(client, subscription, instance)
{
    public const int SessionMs = 20_000, RebalanceMs = 30_000;

    protected const int Leaving = -1, Away = -2;

    private int _life = client.BeginLife(), _epoch, _formerEpoch;
    private HashSet<(string Topic, int Partition)> _told = [];
    private Sending? _late;
    private long _heardOfMs;
    private long? _untoldMs, _revokingMs;
    private bool _mustSayAll;

    public override GroupMembership? As => _epoch > 0 ? new(Subscription.Group, MemberId, _epoch) { Instance = Instance } : null;

    public override bool IsSettled => As is not null && !_mustSayAll && Owned.SetEquals(_told);

    protected string MemberId => $"{Client.Process}-{_life}";

    /// <summary>From its last heartbeat that was answered, and from the first that may have been answered with something to give up.</summary>
    protected override long OwnedUntilMs => Math.Min(_heardOfMs + SessionMs, (_revokingMs ?? _untoldMs ?? long.MaxValue - RebalanceMs) + RebalanceMs);

    /// <summary>Which topics it asks for has changed; what it asked for before it gives up by itself.</summary>
    protected void SubscriptionChanged(IEnumerable<string> topics)
    {
        _mustSayAll = true;
        Own(Owned.Where(partition => topics.Contains(Subscription.Topics.NameOf(partition.Topic))));
    }

    /// <summary>
    /// A coordinator that knows topics by nothing but their names has what a member had of one belong to it in the one that was made under its name.
    /// </summary>
    protected void KeepNamed()
    {
        if (Owned.Concat(_told).All(partition => Subscription.Topics.Has(partition.Topic))) return;
        _mustSayAll = true; // Whoever does not say that it has given up what is gone is waited for, and put out in the end.
        _told = Present(Subscription.Named(_told));
        if (_late?.Owned is { } late) _late = _late with { Owned = Present(Subscription.Named(late)) };
        Own(Present(Subscription.Named(Owned)));
    }

    /// <summary>The partitions of the topics that there are under these names.</summary>
    protected HashSet<(string Topic, int Partition)> Present(IEnumerable<(string Topic, int Partition)> named) =>
        [.. Subscription.Entitled(named).Where(partition => Subscription.Topics.Has(partition.Topic))];

    /// <summary>Null: no answer came.</summary>
    protected abstract Task<Answer?> SendAsync(Sending heartbeat);

    public override async Task SpeakAsync()
    {
        bool joins = _epoch == 0;
        if (!IsStubborn && !Owned.IsSubsetOf(_told) && (Client.IsReliable || Client.Chance.Next(3) > 0))
        {
            Own(Owned.Intersect(_told));
            _mustSayAll = true;
        }
        bool saysAll = joins || _mustSayAll || Client.Chance.Next(2) == 0;
        var heartbeat = new Sending(MemberId, _epoch, saysAll ? [.. Owned] : null);
        long sentMs = Client.NowMs;
        if (!joins && Client.Chance.Next(2) == 0) _late ??= heartbeat;
        var answer = await SendAsync(heartbeat);
        Client.Trouble = $"heartbeat of {MemberId} in {_epoch}: {answer?.Error}";
        if (answer is null) _mustSayAll = true;
        else Heed(answer.Error);
        if (answer is { Error: ErrorCode.None }) Take(answer, heartbeat, sentMs);
        else _untoldMs ??= sentMs;
    }

    public override Task LeaveAsync() => LeaveAsync(Instance is not null && Client.Chance.Next(3) > 0 ? Away : Leaving);

    public override void Die()
    {
        Forget();
        _life = Client.BeginLife();
    }

    public override async Task SpeakLateAsync()
    {
        if (_late is not { } late || MayBeTakenForNew(late)) return;
        _late = null;
        var then = new GroupMembership(Subscription.Group, late.MemberId, late.Epoch) { Instance = Instance };
        if (await SendAsync(late) is { } answer) NoteLate(then, late.Owned, answer.Error);
    }

    public override void Heed(ErrorCode error)
    {
        IsKeptOut = error == ErrorCode.UnreleasedInstanceId;
        switch (error)
        {
            case ErrorCode.UnknownMemberId or ErrorCode.GroupIdNotFound:
                GiveUpAll();
                NoteGone();
                Forget();
                break;
            case ErrorCode.FencedMemberEpoch: Forget(); break;
            case ErrorCode.FencedInstanceId: Die(); break;
        }
    }

    /// <summary>The protocol cannot tell it from what is said now: it comes in this epoch, or in the one before with no more than there is now.</summary>
    private bool MayBeTakenForNew(Sending late) =>
        late.MemberId == MemberId
        && (late.Epoch >= _epoch || (late.Epoch == _formerEpoch && late.Owned is { } owned && owned.IsSubsetOf(_told)));

    private void Take(Answer answer, Sending heartbeat, long sentMs)
    {
        if (answer.Epoch != _epoch) Outlive(_epoch);
        (_epoch, _heardOfMs) = (answer.Epoch, sentMs);
        if (heartbeat.Owned is null) _untoldMs ??= sentMs; // It may be told later what was decided now.
        if (answer.Assigned is not { } told)
        {
            Own(Owned);
            return;
        }
        _told = told;
        _mustSayAll &= heartbeat.Owned is null;
        bool isToGiveUp = answer.KeepsTooMuch || !Owned.IsSubsetOf(told);
        _revokingMs = isToGiveUp ? _revokingMs ?? _untoldMs ?? sentMs : null;
        if (heartbeat.Owned is not null) _untoldMs = null;
        Own(Owned.Union(told), isComplete: heartbeat.Owned is not null && !isToGiveUp);
    }

    private async Task LeaveAsync(int epoch)
    {
        var leaving = new Sending(MemberId, epoch, null) { Leaver = As };
        GiveUpAll();
        var answer = await SendAsync(leaving);
        if (answer is { Error: ErrorCode.None }) NoteGone();
        Die();
    }

    /// <summary>Of a process that is over what it joined or left with may come late. A member's other heartbeats come as <see cref="SpeakLateAsync"/> has them.</summary>
    protected LateArrival<TResponse>? LateOf<TResponse>(Sending heartbeat, Func<TResponse, ErrorCode> errorOf) where TResponse : class => heartbeat.Epoch > 0 ? null : new()
    {
        MayCome = () => heartbeat.MemberId != MemberId,
        Came = answer =>
        {
            if (answer is not null && errorOf(answer) == ErrorCode.None && heartbeat.Leaver is { } left) Client.Note(new LeftGroup(Client.Process, left));
        },
    };

    private void GiveUpAll()
    {
        if (Owned.Count > 0) Own([]);
    }

    private void Outlive(int epoch)
    {
        if (epoch > 0) _formerEpoch = epoch;
    }

    private void Forget()
    {
        GiveUpAll();
        Outlive(_epoch); // The coordinator may know it still, and has that as the one before when it joins again.
        _epoch = 0;
        _told = [];
        _mustSayAll = false;
        IsStubborn = false;
        (_untoldMs, _revokingMs) = (null, null);
    }

    /// <summary>A heartbeat: everything, or no more than that the member is there.</summary>
    protected sealed record Sending(string MemberId, int Epoch, HashSet<(string Topic, int Partition)>? Owned)
    {
        /// <summary>Who leaves with it; null where nobody does, or nobody who is known as a member.</summary>
        public GroupMembership? Leaver { get; init; }

        public bool SaysAll => Owned is not null;
    }

    protected sealed record Answer(ErrorCode Error, int Epoch, HashSet<(string Topic, int Partition)>? Assigned)
    {
        /// <summary>The member has something beside what it reads that it is to give up, in the same time.</summary>
        public bool KeepsTooMuch { get; init; }
    }
}
