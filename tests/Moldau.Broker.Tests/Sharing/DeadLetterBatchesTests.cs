using System.Globalization;
using System.Text;
using Moldau.Broker.Sharing;
using Moldau.Broker.Tests.Handlers.Records;
using Moldau.Broker.Tests.Topics;
using Moldau.Broker.Topics;
using Moldau.Coordination.SharePartitions;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Sharing;

public sealed class DeadLetterBatchesTests : IAsyncLifetime
{
    private BrokerStorage _storage = null!;
    private PartitionLog _log = null!;

    public async ValueTask InitializeAsync()
    {
        _storage = await new StoredCluster().OpenAsync();
        await StoredCluster.CreateAsync(_storage, "t");
        Assert.Equal(ErrorCode.None, _storage.Partitions.Find("t", 0, out var partition));
        _log = partition.Log;
    }

    public ValueTask DisposeAsync() => _storage.DisposeAsync();

    [Fact]
    public void Records_that_retention_has_taken_are_named_and_the_others_copied()
    {
        Append(TestProducer.Batch("x"));
        Append(TestProducer.Batch("y", "z"));
        Assert.Equal(ErrorCode.None, _log.DeleteRecordsBefore(1));
        Assert.Equal(["", "y z"], ValuesOf(last: 2, batchBytesMax: 1 << 20));
    }

    [Fact]
    public void A_record_that_is_too_large_for_the_queue_is_named_and_the_others_copied()
    {
        Append(TestProducer.Batch("x", new string('y', 1_000), "z"));
        Assert.Equal(["x  z"], ValuesOf(last: 2, batchBytesMax: 1_000));
    }

    [Fact]
    public void A_record_is_copied_as_long_as_it_fits()
    {
        Append(TestProducer.Batch(new string('y', 500)));
        int whole = Assert.Single(Batches(last: 0, batchBytesMax: 1 << 20)).Length;
        Assert.Equal([new string('y', 500)], ValuesOf(last: 0, batchBytesMax: whole + 40));
        Assert.Equal([""], ValuesOf(last: 0, batchBytesMax: whole - 1));
    }

    [Fact]
    public void Records_of_a_batch_that_cannot_be_decoded_are_named_and_the_others_copied()
    {
        byte[] damaged = TestProducer.Batch("x", "y");
        damaged[BatchHeader.Size] = 0x7e; // The first record reaches beyond the end.
        BatchHeader.StampCrc(damaged);
        Append(damaged);
        Append(TestProducer.Batch("z"));
        Assert.Equal(["  z"], ValuesOf(last: 2, batchBytesMax: 1 << 20));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Dead_letters_come_in_batches_that_the_queue_takes(bool copies)
    {
        const int Records = 500, BytesMax = 65_536;
        Append(TestProducer.Batch([.. Enumerable.Range(0, Records).Select(index => index.ToString(CultureInfo.InvariantCulture))]));
        var batches = Batches(last: Records - 1, BytesMax, copies);
        Assert.All(batches, batch => Assert.True(batch.Length is > BytesMax / 2 and <= BytesMax || batch == batches[^1]));
        Assert.Equal(Records, batches.Sum(batch => Values(batch).Count));
    }

    private void Append(byte[] batch) => _log.Append(batch, new AppendContext { LeaderEpoch = 0 });

    /// <summary>The values of each batch.</summary>
    private List<string> ValuesOf(long last, int batchBytesMax) => Batches(last, batchBytesMax).ConvertAll(batch => string.Join(' ', Values(batch)));

    private List<byte[]> Batches(long last, int batchBytesMax, bool copies = true)
    {
        var letters = new DeadLetters(new(0, last), 1, DeadLetterCause.Rejected);
        var all = new DeadLetterBatches(new DeadLetterHeaders("g", letters, _log.Name), _log, new(copies, batchBytesMax), nowMs: 0);
        var built = new List<byte[]>();
        long next = 0;
        foreach (var (batch, offsets) in all.Of(letters.Offsets))
        {
            Assert.Equal(next, offsets.First);
            next = offsets.Last + 1;
            using (batch) built.Add(batch.BuildArray());
        }
        Assert.Equal(last + 1, next);
        return built;
    }

    private static List<string> Values(byte[] batch)
    {
        var values = new List<string>();
        foreach (var record in new BatchRecords(batch)) values.Add(record.Value is { } value ? Encoding.UTF8.GetString(value.Span) : "");
        return values;
    }
}
