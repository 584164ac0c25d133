using System.Collections.Immutable;

namespace Moldau.Coordination.ShareState;

/// <summary>Brings batches that may overlap into one order without overlaps.</summary>
internal static class StateBatches
{
    /// <summary>
    /// From the start offset on, each offset has the newest state that any batch gives it, and neighbours in the same state are one batch.
    /// </summary>
    public static ImmutableArray<ShareStateBatch> Combine(IEnumerable<ShareStateBatch> batches, long startOffset)
    {
        ShareStateBatch[] sorted =
        [
            .. batches
                .Where(batch => batch.IsWellFormed && batch.LastOffset >= startOffset)
                .Select(batch => batch with { FirstOffset = Math.Max(batch.FirstOffset, startOffset) })
                .OrderBy(batch => batch.FirstOffset),
        ];
        return Sweep(sorted);
    }

    /// <summary>
    /// What <see cref="Combine"/> makes of both together, where it has made the stored ones: of those only the ones that the told ones touch are
    /// brought into order again, the others are copied.
    /// </summary>
    public static ImmutableArray<ShareStateBatch> Merge(ImmutableArray<ShareStateBatch> stored, IReadOnlyCollection<ShareStateBatch> told, long startOffset)
    {
        var kept = stored is [] || stored[0].FirstOffset >= startOffset ? stored : From(stored.AsSpan(), startOffset);
        var added = told.Where(batch => batch.IsWellFormed && batch.LastOffset >= startOffset).ToList();
        if (added.Count == 0) return kept;
        long first = added.Min(batch => batch.FirstOffset), last = added.Max(batch => batch.LastOffset);
        int from = CountWhile(kept.AsSpan(), batch => batch.LastOffset < first - 1);
        int until = CountWhile(kept.AsSpan(), batch => batch.FirstOffset <= last + 1);
        return [.. kept.AsSpan()[..from], .. Combine([.. kept.AsSpan()[from..until], .. added], startOffset), .. kept.AsSpan()[until..]];
    }

    private static ImmutableArray<ShareStateBatch> From(ReadOnlySpan<ShareStateBatch> stored, long startOffset)
    {
        var kept = stored[CountWhile(stored, batch => batch.LastOffset < startOffset)..];
        return kept is [var head, .. var rest] && head.FirstOffset < startOffset ? [head with { FirstOffset = startOffset }, .. rest] : [.. kept];
    }

    /// <summary>How many come before the first of which something that holds up to a place does not hold.</summary>
    private static int CountWhile(ReadOnlySpan<ShareStateBatch> ordered, Func<ShareStateBatch, bool> holds)
    {
        int count = 0, end = ordered.Length;
        while (count < end)
        {
            int middle = (count + end) / 2;
            if (holds(ordered[middle])) count = middle + 1;
            else end = middle;
        }
        return count;
    }

    /// <summary>Goes from one offset at which the state may change to the next; those open there lie in a heap, the newest on top.</summary>
    private static ImmutableArray<ShareStateBatch> Sweep(ShareStateBatch[] sorted)
    {
        var combined = ImmutableArray.CreateBuilder<ShareStateBatch>(sorted.Length);
        var open = new PriorityQueue<ShareStateBatch, (int, int)>(Comparer<(int, int)>.Create((one, other) => other.CompareTo(one)));
        int next = 0;
        long at = 0;
        while (true)
        {
            while (open.TryPeek(out var ended, out _) && ended.LastOffset < at) open.Dequeue();
            if (open.Count == 0)
            {
                if (next == sorted.Length) return combined.DrainToImmutable();
                at = sorted[next].FirstOffset;
            }
            for (; next < sorted.Length && sorted[next].FirstOffset <= at; next++) open.Enqueue(sorted[next], sorted[next].Rank);
            var newest = open.Peek();
            long until = next == sorted.Length ? newest.LastOffset : Math.Min(newest.LastOffset, sorted[next].FirstOffset - 1);
            Add(combined, newest with { FirstOffset = at, LastOffset = until });
            at = until + 1;
        }
    }

    private static void Add(ImmutableArray<ShareStateBatch>.Builder combined, ShareStateBatch batch)
    {
        if (combined.Count > 0 && combined[^1].IsContinuedBy(batch)) combined[^1] = combined[^1] with { LastOffset = batch.LastOffset };
        else combined.Add(batch);
    }
}
