using Moldau.Log.Commit;
using Moldau.Log.Journaling;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Log.Tests;

/// <summary>What waits in memory for the journal is bounded, and nothing stands in a segment without coming into the journal.</summary>
public class UncommittedBytesTests
{
    private static readonly int FrameBytes = Gathering.FrameBytesOf(FrameKind.Batch, new Batch().Build());

    private readonly RefusalNotes _notes = new();
    private readonly TestLog _log;

    public UncommittedBytesTests() => _log = new TestLog(options: options => options with { UncommittedBytesMax = 2 * FrameBytes, Observer = _notes });

    [Fact]
    public async Task An_append_for_which_no_memory_may_wait_is_refused_and_changes_nothing()
    {
        Append(sequence: 0);
        Append(sequence: 1);
        Assert.Equal(ErrorCode.KafkaStorageError, Produce(sequence: 2).Error);
        // What came behind it is out of order only because of that.
        Assert.Equal(ErrorCode.KafkaStorageError, Produce(sequence: 3).Error);
        Assert.Equal((2L, null), (_log.Log.LogEndOffset, _log.Log.Failure));
        Assert.Equal(1, _notes.Refusals);
        _log.Commit();
        Append(sequence: 2);
        Append(sequence: 3);
        _log.Commit();
        Assert.Equal(4, _log.Log.HighWatermark);
        await _log.RestartAsync();
        Assert.Equal([0, 1, 2, 3], _log.ReadBaseOffsets());
        await _log.DisposeAsync();
    }

    [Fact]
    public void An_append_that_fails_gives_back_what_was_claimed_for_it()
    {
        var disk = Cleaning.KeyedLog.NewDisk(seed: 1);
        var log = new TestLog(files: disk, options: options => options with { UncommittedBytesMax = FrameBytes });
        disk.IsFull = path => path.EndsWith(".log", StringComparison.Ordinal);
        for (int i = 0; i < 3; i++) Assert.Equal(ErrorCode.KafkaStorageError, log.Append(new Batch().Build()).Error);
        disk.IsFull = null;
        Assert.Equal(ErrorCode.None, log.Append(new Batch().Build()).Error);
    }

    [Fact]
    public void An_append_that_fails_in_the_middle_takes_its_partition_offline()
    {
        // The clock is asked for the time of a batch when it stands in the segment already.
        _log.Clock.Read = () =>
        {
            if (_log.Log.Segments.Active.WrittenBytes > 0) throw new InvalidOperationException("in the middle of it");
        };
        Assert.Throws<InvalidOperationException>(() => Produce(sequence: 0));
        _log.Clock.Read = null;
        Assert.IsType<InvalidOperationException>(_log.Log.Failure);
        Assert.Equal((ErrorCode.KafkaStorageError, 0L), (Produce(sequence: 1).Error, _log.Log.LogEndOffset));
    }

    [Fact]
    public void Nothing_is_committed_any_more_when_a_batch_could_not_be_gathered()
    {
        Exception? failure = null;
        using var committer = new GroupCommitter(NewJournal(), new CommitterOptions
        {
            DirectBytesMin = 1,
            FrameBytesMax = 1 << 20,
            Failed = cause => failure = cause,
            Waits = _ => { },
            GoesOn = () => { },
        });
        committer.Gather(_log.Log, new byte[BatchHeader.Size - 1], endOffset: 1);
        Assert.NotNull(failure);
        committer.Gather(_log.Log, new Batch().Build(), endOffset: 2);
        Assert.False(committer.RunRound());
        Assert.Equal(0, _log.Log.HighWatermark);
    }

    private Journal NewJournal() => new(new JournalOptions { Files = _log.Files, Path = "/data/other", DirectoryId = Guid.NewGuid(), FileBytes = 1 << 16 });

    private AppendResult Produce(int sequence) => _log.Append(new Batch { ProducerId = 7, Epoch = 0, Sequence = sequence }.Build());

    private void Append(int sequence) => Assert.Equal(ErrorCode.None, Produce(sequence).Error);

    private sealed class RefusalNotes : LogObserver
    {
        public int Refusals { get; private set; }

        public override void AppendRefused(PartitionName partition, Exception cause) => Refusals++;
    }
}
