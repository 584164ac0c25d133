using CsCheck;
using Moldau.Coordination.ShareState;

namespace Moldau.Coordination.Tests.ShareState;

public sealed class StateBatchesTests
{
    private const int OffsetsMax = 24;

    private static readonly DeliveryState[] States = [DeliveryState.Available, DeliveryState.Acknowledged, DeliveryState.Archived];

    private static readonly Gen<ShareStateBatch> Batches =
        Gen.Select(Gen.Int[0, OffsetsMax], Gen.Int[-1, 8], Gen.Int[0, States.Length - 1], Gen.Short[0, 3], (first, length, state, count) =>
            new ShareStateBatch(first, first + length, States[state], count));

    [Fact]
    public void Each_offset_has_the_newest_state_that_any_batch_gives_it() => Gen.Select(Batches.List[0, 12], Gen.Int[-1, OffsetsMax]).Sample((batches, start) =>
    {
        var combined = StateBatches.Combine(batches, start);
        for (int offset = 0; offset <= 2 * OffsetsMax; offset++)
        {
            var covering = batches.Where(batch => offset >= start && batch.FirstOffset <= offset && offset <= batch.LastOffset).ToList();
            var found = combined.Where(batch => batch.FirstOffset <= offset && offset <= batch.LastOffset).ToList();
            Assert.Equal(covering.Count == 0 ? [] : [covering.Max(batch => batch.Rank)], found.Select(batch => batch.Rank));
        }
    });

    [Fact]
    public void Neighbours_in_the_same_state_are_one_batch() => Batches.List[0, 12].Sample(batches =>
    {
        var combined = StateBatches.Combine(batches, startOffset: -1);
        foreach (var (one, next) in combined.Zip(combined.Skip(1))) Assert.True(one.LastOffset < next.FirstOffset && !one.IsContinuedBy(next));
    });

    [Fact]
    public void Batches_that_are_merged_into_stored_ones_give_what_all_together_give() =>
        Gen.Select(Batches.List[0, 12], Batches.List[0, 4], Gen.Int[-1, OffsetsMax], Gen.Int[-1, OffsetsMax]).Sample((former, told, formerStart, start) =>
        {
            var stored = StateBatches.Combine(former, formerStart);
            Assert.Equal(StateBatches.Combine([.. stored, .. told], start), StateBatches.Merge(stored, told, start));
        });
}
