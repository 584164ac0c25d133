namespace Moldau.Coordination.Groups.Streams.Assignment;

/// <summary>
/// How many tasks a member may have, so that all have about equally many. Members that have reached it drop out, and the others share
/// what is left.
/// </summary>
internal sealed class TaskQuota(int tasks, int members)
{
    private int _tasks = tasks;
    private int _members = members;

    public int PerMember { get; private set; } = Share(tasks, members);

    /// <summary>A member has so many tasks now.</summary>
    public void Took(int count)
    {
        if (count != PerMember) return;
        _members--;
        _tasks -= count;
        PerMember = Share(_tasks, _members);
    }

    /// <summary>Rounded up.</summary>
    private static int Share(int tasks, int members) => members <= 0 ? 0 : (tasks + members - 1) / members;
}
