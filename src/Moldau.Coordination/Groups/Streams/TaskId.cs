namespace Moldau.Coordination.Groups.Streams;

/// <summary>A task of a topology: the part of a subtopology that works on the partitions of one number.</summary>
internal readonly record struct TaskId(string Subtopology, int Partition) : IComparable<TaskId>
{
    public int CompareTo(TaskId other) =>
        string.CompareOrdinal(Subtopology, other.Subtopology) is not 0 and var bySubtopology ? bySubtopology : Partition.CompareTo(other.Partition);
}
