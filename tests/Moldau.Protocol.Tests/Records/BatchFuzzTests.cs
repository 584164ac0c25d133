using CsCheck;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Protocol.Tests.Records;

public sealed class BatchFuzzTests
{
    private static readonly Gen<byte[]> Sent = Gen.OneOf(
        Gen.Enum<CompressionCodec>().Select(codec => ProducedBatch.Many(codec, 20)),
        Gen.Byte.Array[0, 120]);

    /// <summary>A good batch with bytes overwritten and its checksum set anew, so that the damage reaches the records.</summary>
    private static readonly Gen<byte[]> Damaged = Gen.Select(Sent, Gen.Select(Gen.Int[0, 400], Gen.Byte).Array[1, 6], (batch, changes) =>
    {
        foreach (var (at, value) in changes)
        {
            if (at < batch.Length) batch[at] = value;
        }
        if (batch.Length > BatchHeader.Size) BatchHeader.StampCrc(batch);
        return batch;
    });

    [Fact]
    public void Whatever_a_producer_sends_gets_a_verdict() => Damaged.Sample(records =>
    {
        var fault = BatchValidator.CheckRequest(records, 12, out var batch);
        if (fault != BatchFault.None) return;
        var verdict = BatchValidator.Validate(batch, BatchRules.Default, ProducedBatch.Now);
        // What passes can be read by a consumer: all of it, or one that asks for another compression.
        if (verdict.IsGood) Assert.True(CanBeRead(batch));
    }, iter: Searches.Rounds(4000));

    [Fact]
    public void Whatever_a_log_holds_is_read_or_called_malformed() => Damaged.Sample(records => { CanBeRead(records); }, iter: Searches.Rounds(2000));

    [Fact]
    public void Whatever_is_enumerated_comes_to_an_end() => Gen.Byte.Array[0, 300].Sample(bytes =>
    {
        var batches = new BatchEnumerator(bytes);
        while (batches.MoveNext()) Assert.True(batches.CurrentBytes.Length >= BatchHeader.Size);
        Assert.NotEqual(BatchesEnd.NotReached, batches.End);
        Assert.InRange(batches.WholeBytes, 0, bytes.Length);
    }, iter: Searches.Rounds(4000));

    private static bool CanBeRead(ReadOnlyMemory<byte> batch)
    {
        try
        {
            foreach (var record in new BatchRecords(batch, decompressedBytesMax: 4 * 1024 * 1024))
            {
                foreach (var header in record.Headers) Assert.InRange(header.NameBytes.Length, 0, int.MaxValue);
            }
            return true;
        }
        catch (MalformedBatchException)
        {
            return false;
        }
    }
}
