namespace Moldau.Coordination.SharePartitions;

/// <summary>Offsets in a row, both ends included.</summary>
internal readonly record struct OffsetRange(long First, long Last)
{
    public long Count => Last - First + 1;

    public override string ToString() => $"{First}-{Last}";
}
