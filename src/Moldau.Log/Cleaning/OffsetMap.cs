namespace Moldau.Log.Cleaning;

/// <summary>
/// The last offset of each key in the part of a log that is being cleaned. Open addressing in one array that never grows: a pass
/// takes as much of the log as fits.
/// </summary>
internal sealed class OffsetMap(int slots, double loadFactor, KeyHash hash)
{
    /// <summary>Bytes of one slot.</summary>
    public const int SlotBytes = 24;

    private readonly Slot[] _slots = new Slot[slots];

    // One slot stays free in any case, since it ends the search for a key that is not there.
    private readonly int _countMax = Math.Clamp((int)(slots * loadFactor), 1, slots - 1);

    /// <summary>Keys in the map.</summary>
    public int Count { get; private set; }

    /// <summary>All keys of the dirty part below this offset are in the map.</summary>
    public long EndOffset { get; private set; }

    /// <summary>
    /// A map for so many records at most, within the bytes allowed: a short dirty part gets a small map.
    /// </summary>
    public static OffsetMap For(long recordsMax, CleaningSettings settings)
    {
        long wanted = (long)Math.Min(recordsMax / settings.DedupeLoadFactor + 2, int.MaxValue);
        long slots = Math.Clamp(Math.Min(wanted, settings.DedupeBufferBytes / SlotBytes), 2, Array.MaxLength);
        return new OffsetMap((int)slots, settings.DedupeLoadFactor, KeyHash.WithFreshSecret());
    }

    /// <summary>Notes a later offset of a key. False if the map is full and does not have the key yet.</summary>
    public bool TryPut(ReadOnlySpan<byte> key, long offset)
    {
        var digest = hash.Of(key);
        ref var slot = ref SlotOf(digest);
        if (slot.OffsetPlusOne == 0)
        {
            if (Count == _countMax) return false;
            Count++;
            slot.Digest = digest;
        }
        slot.OffsetPlusOne = offset + 1;
        return true;
    }

    /// <summary>The last offset of a key, or -1 if the dirty part does not have it.</summary>
    public long Find(ReadOnlySpan<byte> key) => SlotOf(hash.Of(key)).OffsetPlusOne - 1;

    /// <summary>What lies below the offset has been put into the map.</summary>
    public void Covers(long endOffset) => EndOffset = Math.Max(EndOffset, endOffset);

    /// <summary>The key's slot, or the free one where it would be.</summary>
    private ref Slot SlotOf(KeyDigest digest)
    {
        int at = (int)Math.BigMul(digest.First, (ulong)_slots.Length, out _);
        while (_slots[at].OffsetPlusOne != 0 && _slots[at].Digest != digest)
        {
            if (++at == _slots.Length) at = 0;
        }
        return ref _slots[at];
    }

    private struct Slot
    {
        public KeyDigest Digest;

        /// <summary>So that an array of zeros is an empty map.</summary>
        public long OffsetPlusOne;
    }
}
