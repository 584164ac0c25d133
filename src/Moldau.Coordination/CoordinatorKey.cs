namespace Moldau.Coordination;

/// <summary>Which partition of an internal topic, and so which shard, a group, a transactional id or a share key belongs to.</summary>
internal static class CoordinatorKey
{
    public static int PartitionOf(string key, int partitions) => Absolute(HashOf(key)) % partitions;

    /// <summary>
    /// The hash of Java's strings, over UTF-16 units: it is part of the format, since it decides where a key's records lie.
    /// </summary>
    public static int HashOf(string key)
    {
        int hash = 0;
        foreach (char unit in key) hash = unchecked((hash * 31) + unit);
        return hash;
    }

    /// <summary>The smallest integer has no positive counterpart; Kafka takes 0 for it.</summary>
    private static int Absolute(int hash) => hash == int.MinValue ? 0 : Math.Abs(hash);
}
