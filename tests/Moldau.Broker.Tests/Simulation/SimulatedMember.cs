using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// A member of a group, whichever protocol it speaks and whatever it does with what it gets. It may leave, die, or fall silent until nobody
/// counts on it, and then go on as if nothing had happened.
/// </summary>
internal abstract class SimulatedMember(SimulatedBroker broker, List<HistoryEvent> history, Random chance, int process)
    : SimulatedClient(broker, history, chance, process)
{
    private const short OffsetFetchVersion = 9, OffsetFetchByIdVersion = 10;
    private const int SilentStepsMax = 12, FarAhead = 1_000;

    private int _silentSteps;

    /// <summary>What it is in its group.</summary>
    public SimulatedMembership Membership { get; set; } = null!;

    /// <summary>What its process is in the group when it ends and begins anew; null where that never changes.</summary>
    public Func<SimulatedMembership>? NextMembership { get; init; }

    /// <summary>It has died, and nobody has started it again.</summary>
    public bool IsGone { get; private set; }

    protected bool IsSilent => IsGone || (!IsReliable && _silentSteps > 0);

    /// <summary>Without a word, so that only its silence tells.</summary>
    public void Vanish()
    {
        Membership.Die();
        BeginAnew();
        IsGone = true;
    }

    public void ComeBack() => IsGone = false;

    public override async Task StepAsync()
    {
        if (IsSilent)
        {
            _silentSteps--;
            return;
        }
        if (Membership.As is null)
        {
            await Membership.SpeakAsync();
            if (Membership.IsKeptOut) FallSilent(); // As long as its operator does, perhaps, who finds two processes of one instance.
        }
        else if (IsReliable) await SettleAsync();
        else await LiveAsync();
    }

    /// <summary>What it does with what it owns.</summary>
    protected abstract Task WorkAsync();

    /// <summary>As somebody who is no member, or of a generation that there is not.</summary>
    protected GroupMembership Stray(GroupMembership member) =>
        Chance.Next(2) == 0 ? member with { Member = $"stranger-{Process}" } : member with { Generation = member.Generation + FarAhead };

    /// <summary>Something that only a member does that is over, or is none.</summary>
    protected virtual Task GoAstrayAsync() => Task.CompletedTask;

    /// <summary>Its place in the group is over, whether it knows or not.</summary>
    protected virtual void ForgetWork()
    {
    }

    protected void FallSilent(int stepsMax = SilentStepsMax) => _silentSteps = Chance.Next(stepsMax);

    /// <summary>Never silent, so that nothing changes but for the one who died.</summary>
    private async Task SettleAsync()
    {
        await Membership.SpeakAsync();
        if (Membership.As is not null) await WorkAsync();
    }

    private async Task LiveAsync()
    {
        switch (Chance.Next(30))
        {
            case 0: FallSilent(); break;
            case 1:
                Membership.Die();
                BeginAnew();
                break;
            case 2:
                await Membership.LeaveAsync();
                if (Chance.Next(2) == 0) await GoAstrayAsync();
                BeginAnew();
                break;
            case 3: await Membership.SurpriseAsync(); break;
            case 4 when Chance.Next(3) == 0: Membership.IsStubborn = true; break;
            case 5 or 6 or 7: await GoAstrayAsync(); break;
            case 8 or 9 or 10: await Membership.SpeakLateAsync(); break;
            case < 18: await Membership.SpeakAsync(); break;
            default: await WorkAsync(); break;
        }
    }

    private void BeginAnew()
    {
        ForgetWork();
        if (NextMembership is { } next) Membership = next();
        if (Chance.Next(2) == 0) FallSilent();
    }

    /// <summary>As newer clients do, and must where the name may be another topic's.</summary>
    protected bool NamesById(string topic) => Membership.Subscription.Topics.NeedsId(topic) || Chance.Next(2) == 0;

    /// <summary>Where the group is in one of the partitions that it owns; null where no answer says so.</summary>
    protected async Task<long?> PositionAsync((string Topic, int Partition) at, bool isStable)
    {
        if (Membership.Positions.TryGetValue(at, out long position)) return position;
        if (Membership.As is not { } member) return null;
        var topics = Membership.Subscription.Topics;
        var answer = await AskAsync<OffsetFetchRequest, OffsetFetchResponse>(new()
        {
            Groups =
            [
                new()
                {
                    GroupId = member.Group,
                    MemberId = member.SpeaksClassic ? null : member.Member,
                    MemberEpoch = member.SpeaksClassic ? -1 : member.Generation,
                    Topics = [new() { Name = topics.NameOf(at.Topic), TopicId = topics.IdOf(at.Topic), PartitionIndexes = [at.Partition] }],
                },
            ],
            RequireStable = isStable,
        }, NamesById(at.Topic) ? OffsetFetchByIdVersion : OffsetFetchVersion);
        if (answer?.Groups[0] is not { } group) return null;
        Trouble = $"offsets as {member}: {group.ErrorCode} {group.Topics.FirstOrDefault()?.Partitions[0].ErrorCode}";
        Membership.Heed(group.ErrorCode);
        if (group.ErrorCode != ErrorCode.None || group.Topics[0].Partitions[0] is not { ErrorCode: ErrorCode.None } found) return null;
        Note(new FoundPosition(Process, member.Group, new(at.Topic, at.Partition, Math.Max(found.CommittedOffset, 0))));
        Note(new Assigned(Process));
        return Membership.Positions[at] = Math.Max(found.CommittedOffset, 0);
    }
}
