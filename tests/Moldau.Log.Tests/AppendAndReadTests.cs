using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Log.Tests;

public class AppendAndReadTests
{
    [Fact]
    public void Batches_get_offsets_one_after_another_and_the_leader_epoch()
    {
        var log = new TestLog();
        var first = log.Append(new Batch { Records = 3 }.Build(), leaderEpoch: 4);
        var second = log.Append(new Batch { Records = 2 }.Build(), leaderEpoch: 4);
        Assert.Equal((0L, 2L, 3L, 4L), (first.BaseOffset, first.LastOffset, second.BaseOffset, second.LastOffset));
        using var read = log.Log.Read(3, 1000, ReadBound.LogEnd);
        Assert.True(BatchHeader.TryRead(read.Records.Span, out var header));
        Assert.Equal((3L, 4), (header.BaseOffset, header.LeaderEpoch));
        Assert.True(header.CrcMatches(read.Records.Span));
    }

    [Fact]
    public void Consumers_see_records_once_they_are_committed()
    {
        var log = new TestLog();
        log.Append(new Batch().Build());
        Assert.Equal((0L, 1L), (log.Log.HighWatermark, log.Log.LogEndOffset));
        Assert.Empty(log.ReadBaseOffsets(bound: ReadBound.HighWatermark));
        log.Commit();
        Assert.Equal(1, log.Log.HighWatermark);
        Assert.Equal([0], log.ReadBaseOffsets(bound: ReadBound.HighWatermark));
    }

    [Fact]
    public void A_read_up_to_the_high_watermark_ends_before_the_first_uncommitted_batch()
    {
        var log = new TestLog();
        log.Append(new Batch().Build());
        log.Commit();
        log.Append(new Batch().Build());
        log.Append(new Batch().Build());
        using var read = log.Log.Read(0, 10_000, ReadBound.HighWatermark);
        Assert.Equal(81, read.Records.Length);
    }

    [Fact]
    public void A_read_that_begins_within_a_batch_returns_that_batch()
    {
        var log = new TestLog();
        log.Append(new Batch { Records = 10 }.Build());
        log.Append(new Batch { Records = 10 }.Build());
        Assert.Equal([10], log.ReadBaseOffsets(from: 15));
    }

    [Fact]
    public void A_limit_within_the_second_batch_sends_its_torn_bytes()
    {
        var log = new TestLog();
        log.Append(new Batch { PayloadBytes = 39 }.Build());
        log.Append(new Batch { PayloadBytes = 39 }.Build());
        using var read = log.Log.Read(0, 150, ReadBound.LogEnd);
        Assert.Equal(150, read.Records.Length);
    }

    [Fact]
    public void A_first_batch_beyond_the_limit_is_returned_whole_or_omitted_as_asked()
    {
        var log = new TestLog();
        log.Append(new Batch { PayloadBytes = 939 }.Build());
        using var whole = log.Log.Read(0, 10, ReadBound.LogEnd);
        using var omitted = log.Log.Read(0, 10, ReadBound.LogEnd, OversizedBatch.Omit);
        Assert.Equal((1000, 0), (whole.Records.Length, omitted.Records.Length));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void A_read_outside_of_the_log_is_refused(long offset)
    {
        var log = new TestLog();
        log.Append(new Batch().Build());
        using var read = log.Log.Read(offset, 1000, ReadBound.LogEnd);
        Assert.Equal(ErrorCode.OffsetOutOfRange, read.Error);
    }

    [Fact]
    public void Every_offset_is_found_across_segments_and_index_entries()
    {
        var log = new TestLog(new LogSettings { SegmentBytes = 4_000, IndexIntervalBytes = 200 });
        for (int i = 0; i < 200; i++) log.Append(new Batch { Records = 1 + i % 3, PayloadBytes = 10 + i % 50 }.Build());
        long end = log.Log.LogEndOffset;
        for (long offset = 0; offset < end; offset++)
        {
            using var read = log.Log.Read(offset, 1, ReadBound.LogEnd);
            Assert.True(BatchHeader.TryRead(read.Records.Span, out var header));
            Assert.InRange(offset, header.BaseOffset, header.LastOffset);
        }
        Assert.True(log.Log.Segments.All.Length > 3);
    }

    [Fact]
    public async Task A_clean_restart_keeps_records_and_offsets()
    {
        var log = new TestLog(new LogSettings { SegmentBytes = 4_000, IndexIntervalBytes = 200 });
        for (int i = 0; i < 100; i++) log.Append(new Batch { Records = 2 }.Build());
        log.Commit();
        var before = log.ReadBaseOffsets();
        await log.RestartAsync();
        Assert.True(log.Directory.WasCleanlyStopped);
        Assert.Equal((200L, 200L), (log.Log.LogEndOffset, log.Log.HighWatermark));
        Assert.Equal(before, log.ReadBaseOffsets());
        Assert.Equal(200, log.Append(new Batch().Build()).BaseOffset);
    }

    [Fact]
    public async Task Waiting_for_a_commit_ends_with_the_round_that_makes_it_durable()
    {
        var log = new TestLog();
        var result = log.Append(new Batch().Build());
        var waiting = log.Log.CommittedAsync(result.EndOffset).AsTask();
        Assert.False(waiting.IsCompleted);
        log.Commit();
        await waiting;
        Assert.True(log.Log.CommittedAsync(result.EndOffset).AsTask().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Waiting_for_a_commit_faults_when_the_partition_is_deleted()
    {
        var log = new TestLog();
        var result = log.Append(new Batch().Build());
        var waiting = log.Log.CommittedAsync(result.EndOffset).AsTask();
        log.Directory.Delete(TestLog.Partition);
        await Assert.ThrowsAsync<LogOfflineException>(() => waiting);
        Assert.Equal(ErrorCode.KafkaStorageError, log.Append(new Batch().Build()).Error);
    }

    [Fact]
    public void A_topic_with_its_own_flush_setting_is_committed_at_once()
    {
        var log = new TestLog(new LogSettings { FlushMs = 1_000 });
        log.Append(new Batch().Build());
        Assert.Equal(1, log.Log.HighWatermark);
    }

    [Fact]
    public void An_append_allocates_nothing()
    {
        var log = new TestLog();
        byte[] batch = new Batch { PayloadBytes = 100 }.Build();
        var context = new AppendContext { LeaderEpoch = 0 };
        for (int i = 0; i < 103; i++) log.Log.Append(batch, context);
        log.Commit();
        log.Log.Append(batch, context);
        long before = GC.GetAllocatedBytesForCurrentThread();
        log.Log.Append(batch, context);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_commit_that_is_waited_for_allocates_nothing_once_the_pool_is_warm()
    {
        using var deadlines = new Commit.CommitDeadlines(TimeProvider.System);
        var waiters = new Commit.CommitWaiters(deadlines);
        long deadline = deadlines.Now + TimeProvider.System.TimestampFrequency * 3600;
        using var connection = new CancellationTokenSource();
        long allocated = 0;
        for (int i = 1; i <= 10; i++)
        {
            allocated = GC.GetAllocatedBytesForCurrentThread();
            var waiting = waiters.WaitAsync(i, deadline, connection.Token);
            waiters.Reached(i);
            waiting.GetAwaiter().GetResult();
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        }
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void An_idempotent_append_allocates_nothing()
    {
        var log = new TestLog();
        var context = new AppendContext { LeaderEpoch = 0 };
        byte[][] batches = Enumerable.Range(0, 20).Select(sequence => new Batch { ProducerId = 7, Epoch = 0, Sequence = sequence }.Build()).ToArray();
        foreach (byte[] batch in batches.SkipLast(1)) log.Log.Append(batch, context);
        long before = GC.GetAllocatedBytesForCurrentThread();
        log.Log.Append(batches[^1], context);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
