using Moldau.Protocol;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>A client's place in its group, in one of the group protocols: what it says to the coordinator, and what it has of it.</summary>
internal abstract class SimulatedMembership(SimulatedClient client, GroupSubscription subscription, string? instance)
{
    private HashSet<(string Topic, int Partition)> _owned = [];

    /// <summary>As whom it reads and commits; null while it is no member.</summary>
    public abstract GroupMembership? As { get; }

    /// <summary>It waits for nothing, and nothing is waited for.</summary>
    public abstract bool IsSettled { get; }

    /// <summary>Another process has its instance id, and keeps it.</summary>
    public bool IsKeptOut { get; protected set; }

    /// <summary>It keeps what it is asked to give up, though it is heard of, until it is told that it is no member any more.</summary>
    public bool IsStubborn { get; set; }

    /// <summary>What it reads.</summary>
    public IReadOnlySet<(string Topic, int Partition)> Owned => _owned;

    /// <summary>Where it goes on to read, of what it owns.</summary>
    public Dictionary<(string Topic, int Partition), long> Positions { get; } = [];

    public GroupSubscription Subscription => subscription;

    protected SimulatedClient Client => client;

    protected string? Instance => instance;

    /// <summary>What it says next.</summary>
    public abstract Task SpeakAsync();

    public abstract Task LeaveAsync();

    /// <summary>Its process ends without a word, and another begins.</summary>
    public abstract void Die();

    /// <summary>What a member may do, though there is no need.</summary>
    public virtual Task SurpriseAsync() => Task.CompletedTask;

    /// <summary>What it said once, so long ago that nobody may heed it, comes late.</summary>
    public abstract Task SpeakLateAsync();

    /// <summary>What it learns from an answer to whatever it asked as a member.</summary>
    public abstract void Heed(ErrorCode error);

    /// <summary>Whoever is to have its partitions must wait until then, though it is not heard of.</summary>
    protected abstract long OwnedUntilMs { get; }

    /// <summary>What it reads from here on. What it stops to read it must find its place in again.</summary>
    protected void Own(IEnumerable<(string Topic, int Partition)> partitions, bool isComplete = false)
    {
        _owned = [.. partitions];
        foreach (var lost in Positions.Keys.Where(partition => !_owned.Contains(partition)).ToList()) Positions.Remove(lost);
        if (As is { } member) NoteOwned(member, isComplete);
    }

    protected void NoteOwned(GroupMembership member, bool isComplete) =>
        client.Note(new Owns(client.Process, member, [.. _owned.Order()], client.NowMs, OwnedUntilMs) { IsComplete = isComplete });

    protected void NoteLate(GroupMembership then, HashSet<(string Topic, int Partition)>? owned, ErrorCode answer) => client.Note(new SpokeLate(
        client.Process, then, owned is null ? null : [.. owned.Order()], answer == ErrorCode.None ? SendOutcome.Acknowledged : SendOutcome.Refused));

    protected void NoteGone()
    {
        if (As is { } member) client.Note(new LeftGroup(client.Process, member));
    }
}
