namespace Moldau.Log;

/// <summary>A topic's name and a partition's number; its text is also the name of the partition's directory.</summary>
internal readonly record struct PartitionName(string Topic, int Partition)
{
    public override string ToString() => $"{Topic}-{Partition}";

    /// <summary>
    /// Parses the name of a directory. False for what is no partition's, such as one that waits for its deletion, and for a number that is
    /// written otherwise: it would be the partition of another directory.
    /// </summary>
    public static bool TryParse(string directory, out PartitionName name)
    {
        int dash = directory.LastIndexOf('-');
        bool parsed = int.TryParse(directory.AsSpan(dash + 1), System.Globalization.NumberStyles.None, null, out int partition);
        name = parsed && dash > 0 ? new PartitionName(directory[..dash], partition) : default;
        return parsed && dash > 0 && name.ToString() == directory;
    }
}
