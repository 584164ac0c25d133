using System.Text;

using Moldau.Log.Files;
using Moldau.Log.Journaling;
using Moldau.Log.Recovery;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>
/// The journal never overrules the log: where the directory was copied, made again or served by Kafka in between, it is set aside as it is,
/// and the operator is told. Of an older copy it gives back what follows without a gap, and nothing else.
/// </summary>
public class JournalOutOfForceTests
{
    private const string LogPath = "/data/log";
    private const string FirstSegment = "00000000000000000000.log";
    private const string Aside = "/data/journal.aside-1";

    private readonly SimulatedDisk _disk = new(seed: 3);
    private readonly RecordingObserver _observer = new();
    private readonly TestLog _log;
    private Guid? _newDirectoryId;

    public JournalOutOfForceTests()
    {
        _disk.CreateDirectory("/data");
        _disk.FlushDirectory("/");
        _log = new TestLog(files: _disk, options: options => options with
        {
            JournalFileBytes = 8_192,
            DirectBytesMin = 1_000,
            Observer = _observer,
            NewIdentity = options.NewIdentity with { DirectoryId = _newDirectoryId ?? options.NewIdentity.DirectoryId },
        });
    }

    [Fact]
    public void A_log_whose_journal_is_missing_is_not_opened_as_if_there_were_nothing_in_it()
    {
        WriteQuorumEpoch(4);
        _log.Directory.BeginQuorumEpoch(4);
        Append(3);
        _log.Commit();
        Crash();
        _disk.Rename("/data/journal", "/data/elsewhere");
        var refusal = Assert.Throws<JournalMissingException>(_log.Reopen);
        Assert.Contains("/data/journal", refusal.Message, StringComparison.Ordinal);
        _disk.Rename("/data/elsewhere", "/data/journal");
        _log.Reopen();
        Assert.Equal([0, 1, 2], _log.ReadBaseOffsets());
    }

    [Fact]
    public void Whoever_makes_an_empty_journal_goes_on_with_what_the_log_holds()
    {
        WriteQuorumEpoch(4);
        _log.Directory.BeginQuorumEpoch(4);
        Append(1);
        _log.Commit();
        Crash();
        _disk.Rename("/data/journal", "/data/elsewhere");
        _disk.CreateDirectory("/data/journal");
        _log.Reopen();
        Assert.Equal([0], _log.ReadBaseOffsets());
    }

    [Fact]
    public void After_Kafka_has_served_the_directory_and_was_stopped()
    {
        Append(3);
        _log.Commit();
        Crash();
        LoseSegment();
        ServeAsKafka(epoch: 0, isStopped: true);
        AssertSetAside("the log directory was stopped cleanly without it");
        Assert.Equal([0], _log.ReadBaseOffsets());
    }

    [Fact]
    public void After_Kafka_has_served_the_directory_and_was_killed()
    {
        WriteQuorumEpoch(4);
        _log.Directory.BeginQuorumEpoch(4);
        Append(3);
        _log.Commit();
        Crash();
        LoseSegment();
        ServeAsKafka(epoch: 5, isStopped: false);
        AssertSetAside("the metadata has moved on to quorum epoch 5, the journal is of 4");
        Assert.Equal([0], _log.ReadBaseOffsets());
    }

    [Fact]
    public void Over_a_directory_that_was_made_again()
    {
        Append(3);
        _log.Commit();
        Crash();
        _disk.DeleteDirectory(LogPath);
        _newDirectoryId = Guid.NewGuid();
        _log.ReopenAnew();
        AssertSetAside("it belongs to another log directory", isOpen: true);
        Assert.Equal(0, _log.Log.LogEndOffset);
    }

    [Fact]
    public void Over_another_directory_in_place_of_its_own()
    {
        Append(3);
        _log.Commit();
        Crash();
        _disk.WriteAtomically(LogPath + "/meta.properties", "version=1\nnode.id=1\ncluster.id=x\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAQ\n"u8);
        AssertSetAside("it belongs to another log directory");
    }

    [Fact]
    public void Over_a_copy_of_its_directory_that_was_served_elsewhere_and_comes_back()
    {
        WriteQuorumEpoch(4);
        _log.Directory.BeginQuorumEpoch(4);
        Append(3);
        _log.Commit();
        Copy(LogPath, "/data/copy");
        Append(2);
        _log.Commit();
        Crash();
        _disk.DeleteDirectory(LogPath);
        Copy("/data/copy", LogPath);
        LoseSegment();
        ServeAsKafka(epoch: 5, isStopped: false);
        AssertSetAside("the metadata has moved on to quorum epoch 5, the journal is of 4");
        Assert.Equal([0], _log.ReadBaseOffsets());
    }

    [Fact]
    public void Over_a_copy_of_a_former_run()
    {
        WriteQuorumEpoch(4);
        _log.Directory.BeginQuorumEpoch(4);
        Append(1);
        _log.Commit();
        Copy(LogPath, "/data/copy");
        WriteQuorumEpoch(5);
        _log.Directory.BeginQuorumEpoch(5);
        Append(2);
        _log.Commit();
        Restore("/data/copy");
        AssertSetAside("the metadata is an older copy, of quorum epoch 4, the journal is of 5");
        Assert.Equal([0], _log.ReadBaseOffsets());
    }

    [Fact]
    public void An_older_copy_of_the_same_run_gets_back_what_follows_its_end()
    {
        Append(2);
        _log.Commit();
        Copy(LogPath, "/data/copy");
        Append(3);
        _log.Commit();
        Restore("/data/copy");
        _log.Reopen();
        Assert.Equal(["repaired orders-0 from 2 to 5"], _observer.Events);
        Assert.Equal([0, 1, 2, 3, 4], _log.ReadBaseOffsets());
    }

    [Fact]
    public void An_older_copy_of_the_same_run_whose_end_the_journal_does_not_reach_stays_as_it_is()
    {
        Append(2);
        _log.Commit();
        Copy(LogPath, "/data/copy");
        for (int i = 0; i < 400; i++)
        {
            Append(1);
            _log.Commit();
            _log.Directory.RunRecycleRound();
        }
        Restore("/data/copy");
        _log.Reopen();
        Assert.Matches("^orders-0 disagrees: the log ends at 2, the journal goes on at [0-9]{2,}$", _observer.Events[0]);
        Assert.Equal("set aside: a partition's log does not agree with it", _observer.Events[^1]);
        Assert.Equal([0, 1], _log.ReadBaseOffsets());
        Assert.NotEmpty(_disk.FileNames(Aside));
    }

    [Fact]
    public void A_log_that_holds_something_else_keeps_it()
    {
        Append(2);
        _log.Commit();
        Crash();
        ReplaceSegment(new Batch { Fill = 99 }.Build());
        _log.Reopen();
        Assert.Equal(["orders-0 disagrees: the log holds something else at offset 0", "set aside: a partition's log does not agree with it"], _observer.Events);
        Assert.Equal(1, _log.Log.LogEndOffset);
    }

    [Fact]
    public void A_topic_that_was_made_again_takes_nothing_of_the_former_one_and_what_there_is_of_that_is_told_and_kept()
    {
        Append(3);
        _log.Commit();
        _log.Directory.Delete(TestLog.Partition);
        var again = Guid.NewGuid();
        _log.Directory.Create(TestLog.Partition, again, LogSettings.Default).Append(new Batch().Build(), new AppendContext { LeaderEpoch = 0 });
        _log.Commit();
        Crash();
        LoseSegment();
        _log.Reopen();
        Assert.Equal(["repaired orders-0 from 0 to 1", $"of unknown topics: {TestLog.TopicId}"], _observer.Events);
        Assert.Equal((again, 1L), (_log.Log.TopicId, _log.Log.LogEndOffset));
        Assert.Equal((Aside, true), (_log.Directory.JournalOfUnknownTopics!.Path, _disk.FileNames(Aside).Count > 0));
        _log.Directory.DeleteJournalOfUnknownTopics();
        Assert.DoesNotContain("journal.aside-1", _disk.DirectoryNames("/data"));
    }

    private void Append(int batches)
    {
        for (int i = 0; i < batches; i++) _log.Append(new Batch().Build());
    }

    private void Crash() => _disk.RestartAfterKill();

    /// <summary>What the journal alone has would show if it were replayed.</summary>
    private void LoseSegment() => ReplaceSegment([]);

    /// <summary>As Kafka leaves a directory: with a quorum epoch, a record and, where it was stopped, the word of that.</summary>
    private void ServeAsKafka(int epoch, bool isStopped)
    {
        WriteQuorumEpoch(epoch);
        ReplaceSegment(new Batch { Fill = 99 }.Build());
        if (isStopped) _disk.WriteAtomically(LogPath + "/.kafka_cleanshutdown", """{"version":0,"brokerEpoch":7}"""u8);
    }

    private void ReplaceSegment(byte[] bytes)
    {
        using var file = _disk.Open(Path.Combine(_log.PartitionPath, FirstSegment), FileCreation.Existing);
        file.SetLength(0);
        file.Write(0, bytes);
    }

    /// <summary>The machine goes down, and the log directory comes back from a copy while the journal is the latest one.</summary>
    private void Restore(string copy)
    {
        Crash();
        _disk.DeleteDirectory(LogPath);
        Copy(copy, LogPath);
    }

    private void Copy(string from, string to)
    {
        _disk.CreateDirectory(to);
        foreach (string name in _disk.FileNames(from)) _disk.WriteAtomically($"{to}/{name}", _disk.ReadAll($"{from}/{name}"));
        foreach (string name in _disk.DirectoryNames(from)) Copy($"{from}/{name}", $"{to}/{name}");
    }

    private void AssertSetAside(string reason, bool isOpen = false)
    {
        if (!isOpen) _log.Reopen();
        Assert.Equal([$"set aside: {reason}"], _observer.Events);
        Assert.NotEmpty(_disk.FileNames(Aside));
    }

    private void WriteQuorumEpoch(int epoch)
    {
        _disk.CreateDirectory(LogPath + "/__cluster_metadata-0");
        _disk.WriteAtomically(LogPath + "/__cluster_metadata-0/quorum-state", Encoding.UTF8.GetBytes($$"""{"leaderEpoch":{{epoch}}}"""));
    }

    private sealed class RecordingObserver : LogObserver
    {
        public List<string> Events { get; } = [];

        public override void JournalSetAside(string path, string reason) => Events.Add($"set aside: {reason}");

        public override void JournalOfUnknownTopics(JournalOfUnknownTopics journal) => Events.Add($"of unknown topics: {string.Join(' ', journal.TopicIds)}");

        public override void JournalDisagrees(PartitionName partition, string reason) => Events.Add($"{partition} disagrees: {reason}");

        public override void Repaired(PartitionName partition, long fromOffset, long logEndOffset) =>
            Events.Add($"repaired {partition} from {fromOffset} to {logEndOffset}");
    }
}
