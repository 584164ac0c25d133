namespace Moldau.Coordination.SharePartitions;

/// <summary>What a member says of a record that it has acquired. The values are those of the protocol.</summary>
internal enum AcknowledgeType : sbyte
{
    /// <summary>There is no record for the client at this offset, such as at a control record or after compaction.</summary>
    Gap = 0,

    Accept = 1,

    /// <summary>Another delivery may be tried.</summary>
    Release = 2,

    /// <summary>No other delivery makes sense.</summary>
    Reject = 3,

    /// <summary>The member is still at it, and its lock begins anew.</summary>
    Renew = 4,
}

/// <summary>A range of offsets as a member acknowledges it: with one type for all, or with one for each.</summary>
internal readonly record struct Acknowledgement(OffsetRange Offsets, IReadOnlyList<sbyte> Types)
{
    public AcknowledgeType TypeAt(long offset) =>
        (AcknowledgeType)(Types.Count == 1 ? Types[0] : Types[(int)(offset - Offsets.First)]);

    /// <summary>The last offset, at most <paramref name="last"/>, up to which the type is the same as at <paramref name="first"/>.</summary>
    public long LastOfSameType(long first, long last)
    {
        if (Types.Count == 1) return last;
        var type = TypeAt(first);
        long same = first;
        while (same < last && TypeAt(same + 1) == type) same++;
        return same;
    }
}
