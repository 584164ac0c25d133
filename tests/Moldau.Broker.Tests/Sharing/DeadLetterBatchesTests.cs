using System.Text;
using Moldau.Broker.Sharing;
using Moldau.Broker.Tests.Handlers.Records;
using Moldau.Broker.Tests.Topics;
using Moldau.Coordination.SharePartitions;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Sharing;

public sealed class DeadLetterBatchesTests
{
    [Fact]
    public async Task Records_that_retention_has_taken_are_named_and_the_others_copied()
    {
        await using var storage = await new StoredCluster().OpenAsync();
        await StoredCluster.CreateAsync(storage, "t");
        Assert.Equal(ErrorCode.None, storage.Partitions.Find("t", 0, out var partition));
        partition.Log.Append(TestProducer.Batch("x"), new AppendContext { LeaderEpoch = 0 });
        partition.Log.Append(TestProducer.Batch("y", "z"), new AppendContext { LeaderEpoch = 0 });
        Assert.Equal(ErrorCode.None, partition.Log.DeleteRecordsBefore(1));
        var letters = new DeadLetters(new(0, 2), 1, DeadLetterCause.Rejected);
        Assert.Equal(["", "y z"], ValuesOf(DeadLetterBatches.Of("g", letters, partition.Log, copiedBytesMax: 1 << 20, nowMs: 0)));
    }

    /// <summary>The values of each batch.</summary>
    private static List<string> ValuesOf(IEnumerable<BatchBuilder> batches)
    {
        var all = new List<string>();
        foreach (var batch in batches)
        {
            using (batch)
            {
                var values = new List<string>();
                foreach (var record in new BatchRecords(batch.Build())) values.Add(record.Value is { } value ? Encoding.UTF8.GetString(value.Span) : "");
                all.Add(string.Join(' ', values));
            }
        }
        return all;
    }
}
