namespace Moldau.Cli.Clients;

/// <summary>A member of a streams group. Its partitions are those that its active tasks read.</summary>
internal sealed record StreamsMember(string Id, string ClientId, string Host) : GroupMember(Id, ClientId, Host)
{
    public int Epoch { get; init; }

    public int TopologyEpoch { get; init; }

    /// <summary>The same in all members that are threads of one process.</summary>
    public string ProcessId { get; init; } = "";

    public StreamsTasks Tasks { get; init; } = StreamsTasks.None;

    /// <summary>What it is on its way to.</summary>
    public StreamsTasks TargetTasks { get; init; } = StreamsTasks.None;

    /// <summary>What it has yet to give up, be it for another role.</summary>
    public StreamsTasks TasksToGiveUp => Tasks.Without(TargetTasks);

    /// <summary>What it is to have and waits for.</summary>
    public StreamsTasks TasksAwaited => TargetTasks.Without(Tasks);
}
