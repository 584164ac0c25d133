namespace Moldau.Log.Cleaning;

/// <summary>What a pass did.</summary>
internal sealed record CleaningStats
{
    /// <summary>The dirty part that the pass took: from the first offset to before the second.</summary>
    public required long FromOffset { get; init; }

    public required long ToOffset { get; init; }

    /// <summary>Whether the offset map was full, so that a further pass is needed.</summary>
    public required bool WasMapFull { get; init; }

    public long SegmentsBefore { get; set; }

    public long SegmentsAfter { get; set; }

    public long BytesBefore { get; set; }

    public long BytesAfter { get; set; }
}
