using Moldau.Broker.Hosting;
using Moldau.Broker.Tests.Handlers.Shares;
using Moldau.Coordination;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Handlers.Records;

/// <summary>
/// Readers of what is committed, under whose eyes retention takes the segment that they read: they have its records, and must be told which
/// of them are aborted.
/// </summary>
public sealed class AbortedRecordsTests : IAsyncLifetime
{
    private const string Topic = SharedTopic.Name;

    /// <summary>Room for each batch, but not for one more behind the first three.</summary>
    private const int SegmentBytes = 128;

    private static readonly TransactionalProducer Producer = new(ProducerId: 9, Epoch: 0);

    private readonly SimulatedDisk _disk = new(seed: 3);
    private SharedTopic _topic = null!;
    private PartitionLog _log = null!;

    public async ValueTask InitializeAsync()
    {
        var running = await RunningBroker.StartAsync(new KafkaBrokerOptions { Files = _disk }, default);
        _topic = await SharedTopic.OnAsync(new KafkaBroker(running));
        await _topic.SetAsync(("share.isolation.level", "read_committed"));
        Assert.Equal(ErrorCode.None, running.Services.Partitions.Find(Topic, 0, out var partition));
        _log = partition.Log;
        AppendAborted();
        await _topic.Producer.ProduceAsync(0, "behind the marker");
        _log.Settings = _log.Settings with { SegmentBytes = SegmentBytes, RetentionMs = 1 };
        await _topic.Producer.ProduceAsync(0, "in the next segment");
        // Nothing that a start could miss is taken.
        _log.Flush();
        _log.RecoveryPointWritten(_log.RecoveryPoint);
    }

    public async ValueTask DisposeAsync() => await _topic.DisposeAsync();

    [Fact]
    public async Task A_fetch_names_the_aborted_transactions_of_a_segment_that_retention_takes_meanwhile()
    {
        TakeOldWhenRead();
        const sbyte readCommitted = 1;
        var request = new FetchRequest
        {
            MaxBytes = 1 << 20,
            IsolationLevel = readCommitted,
            SessionEpoch = -1,
            Topics = [new() { Topic = Topic, Partitions = [new() { PartitionMaxBytes = 1 << 20 }] }],
        };
        var answer = await _topic.Admin.AskAsync<FetchRequest, FetchResponse>(request, 12);
        var partition = answer.Responses[0].Partitions[0];
        Assert.Equal(3, _log.LogStartOffset);
        Assert.True(BatchHeader.TryRead(partition.Records!.Value.Span, out var first));
        Assert.Equal(Producer.ProducerId, first.ProducerId);
        Assert.Equal([(Producer.ProducerId, 0L)], partition.AbortedTransactions!.Select(aborted => (aborted.ProducerId, aborted.FirstOffset)));
    }

    [Fact]
    public async Task A_share_group_acquires_no_aborted_records_of_a_segment_that_retention_takes_meanwhile()
    {
        TakeOldWhenRead();
        Assert.Equal("1-2 x1", ShareMember.Acquired(await _topic.Join("a").FetchAsync()));
        Assert.Equal(3, _log.LogStartOffset);
    }

    /// <summary>At the first look into the segment, which was chosen by then.</summary>
    private void TakeOldWhenRead()
    {
        string path = _log.Segments.First.Log.Path;
        _disk.Lacks = (operation, read) =>
        {
            if ((operation, read) != ("read", path)) return false;
            _disk.Lacks = null;
            Assert.Single(_log.TakeOldSegments());
            return false;
        };
    }

    private void AppendAborted()
    {
        using var data = new BatchBuilder(new BatchOptions
        {
            ProducerId = Producer.ProducerId,
            ProducerEpoch = Producer.Epoch,
            BaseSequence = 0,
            Kind = BatchAttributes.Transactional,
        });
        const long someTimeAgoMs = 1_700_000_000_000;
        data.Append(someTimeAgoMs, key: null, new byte[10]);
        Assert.Equal(ErrorCode.None, _log.Append(data.Build(), new AppendContext { LeaderEpoch = 0 }).Error);
        using var marker = MarkerBatch.Of(Producer, new TransactionEnd(IsCommit: false, CoordinatorEpoch: 0), someTimeAgoMs);
        var context = new AppendContext { LeaderEpoch = 0, Origin = AppendOrigin.Coordinator };
        Assert.Equal(ErrorCode.None, _log.Append(marker.Build(), context).Error);
    }
}
