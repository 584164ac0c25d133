using Moldau.Protocol.Records;

namespace Moldau.Protocol.Tests.Records;

public sealed class BatchEnumeratorTests
{
    [Fact]
    public void A_cut_at_any_byte_leaves_the_whole_batches_and_says_that_one_is_incomplete()
    {
        using var builder = new BatchBuilder();
        var batch = builder.Append(1, null, new byte[] { 1, 2, 3 }).BuildArray();
        byte[] two = [.. batch, .. batch];
        for (int length = batch.Length + 1; length < two.Length; length++)
        {
            var batches = new BatchEnumerator(two.AsSpan(0, length));
            Assert.True(batches.MoveNext());
            Assert.False(batches.MoveNext());
            Assert.Equal((BatchesEnd.Incomplete, batch.Length), (batches.End, batches.WholeBytes));
        }
    }

    [Fact]
    public void Damaged_input_is_cut_where_Kafka_cuts_it()
    {
        foreach (var recorded in RecordedBatch.All("records/corrupt.jsonl").Where(line => !line.Case.Contains("magic-", StringComparison.Ordinal)))
        {
            if (recorded.Case.StartsWith("legacy", StringComparison.Ordinal)) continue;
            var batches = new BatchEnumerator(recorded.Bytes);
            int found = 0;
            while (batches.MoveNext()) found++;
            bool corrupt = batches.End is not (BatchesEnd.Complete or BatchesEnd.Incomplete);
            Assert.Equal((recorded.Case, recorded.Text("split") != "ok"), (recorded.Case, corrupt));
            // Kafka counts a batch that is too short for its header as found, and then fails on it.
            if (batches.End != BatchesEnd.ShorterThanHeader) Assert.Equal(recorded.Line.GetProperty("batchesFound").GetInt32(), found);
        }
    }

    [Fact]
    public void Messages_of_the_old_formats_are_recognised()
    {
        foreach (var recorded in RecordedBatch.All("records/batches.jsonl").Where(line => line.IsLegacy))
        {
            var batches = new BatchEnumerator(recorded.Bytes);
            Assert.False(batches.MoveNext());
            Assert.Equal(BatchesEnd.LegacyFormat, batches.End);
        }
    }
}
