namespace Moldau.Log.Segments;

/// <summary>
/// Grows at its end, by doubling, so that many cost no more each than few. One thread adds; others may read meanwhile, and see what was
/// published before they asked.
/// </summary>
internal sealed class AbortedTransactionList(AbortedTransaction[] items)
{
    private const int CapacityMin = 4;

    private AbortedTransaction[] _items = items;
    private int _count = items.Length;

    /// <summary>How many of them stand in the file.</summary>
    public int Saved { get; set; }

    public ReadOnlySpan<AbortedTransaction> All
    {
        get
        {
            // The count first: whichever array is seen then has that many.
            int count = Volatile.Read(ref _count);
            return Volatile.Read(ref _items).AsSpan(0, count);
        }
    }

    public void Add(AbortedTransaction aborted)
    {
        if (_count == _items.Length)
        {
            var larger = new AbortedTransaction[Math.Max(CapacityMin, checked(_count * 2))];
            _items.CopyTo(larger, 0);
            Volatile.Write(ref _items, larger);
        }
        _items[_count] = aborted;
        Volatile.Write(ref _count, _count + 1);
    }
}
