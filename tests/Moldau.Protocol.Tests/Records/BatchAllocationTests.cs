using Moldau.Protocol.Records;

namespace Moldau.Protocol.Tests.Records;

public sealed class BatchAllocationTests
{
    [Fact]
    public void Validating_an_uncompressed_batch_allocates_nothing() =>
        Assert.Equal(0, AllocatedBy(Validation(ProducedBatch.Many(CompressionCodec.None, 1000))));

    [Theory]
    [InlineData("Gzip")]
    [InlineData("Snappy")]
    [InlineData("Lz4")]
    [InlineData("Zstd")]
    public void Validating_a_compressed_batch_of_a_megabyte_allocates_hundreds_of_bytes(string codec)
    {
        // Snappier makes one small object for each chunk of 32 KiB.
        int bytesMax = codec == "Snappy" ? 4096 : 1024;
        long small = AllocatedBy(Validation(ProducedBatch.Many(Enum.Parse<CompressionCodec>(codec), 10)));
        long large = AllocatedBy(Validation(ProducedBatch.Many(Enum.Parse<CompressionCodec>(codec), 8000)));
        Assert.InRange(small, 0, bytesMax);
        Assert.InRange(large, 0, bytesMax);
    }

    [Fact]
    public void Reading_the_records_of_an_uncompressed_batch_allocates_nothing()
    {
        ReadOnlyMemory<byte> batch = ProducedBatch.Many(CompressionCodec.None, 1000);
        Assert.Equal(0, AllocatedBy(() =>
        {
            long bytes = 0;
            foreach (var record in new BatchRecords(batch))
            {
                foreach (var header in record.Headers) bytes += header.NameBytes.Length;
                bytes += record.Value!.Value.Length;
            }
            return bytes == 86_000;
        }));
    }

    private static Func<bool> Validation(byte[] records)
    {
        ReadOnlyMemory<byte> sent = records;
        var rules = BatchRules.Default with { KeysRequired = true };
        return () => BatchValidator.CheckRequest(sent, 12, out var batch) == BatchFault.None
            && BatchValidator.Validate(batch, rules, ProducedBatch.Now).IsGood;
    }

    /// <summary>The least of several rounds: a collection that another test causes meanwhile counts the rest of the thread's buffer as allocated.</summary>
    private static long AllocatedBy(Func<bool> action)
    {
        long least = long.MaxValue;
        for (int round = 0; round < 10; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool good = action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.True(good);
        }
        return least;
    }
}
