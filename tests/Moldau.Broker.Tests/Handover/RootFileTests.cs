using Moldau.Broker.Handover;
using Moldau.Log.Files;

namespace Moldau.Broker.Tests.Handover;

/// <summary>Breaks of the files in the root of a log directory.</summary>
public sealed class RootFileTests
{
    private const string MetaProperties = "meta.properties";

    [Theory]
    [InlineData("version=1", "version=2", "version")]
    [InlineData("node.id=1", "node.id=one", "node.id")]
    [InlineData("node.id=1", "node.ids=1", "node.id")]
    [InlineData("cluster.id=", "cluster.name=", "cluster.id")]
    [InlineData("directory.id=qu8VX8AnS5WHJl8WpvUWZA", "directory.id=short", "directory.id")]
    [InlineData("directory.id=qu8VX8AnS5WHJl8WpvUWZA", "directory.id=AAAAAAAAAAAAAAAAAAAAAQ", "directory.id")]
    public void Meta_properties_that_say_nothing_useful_are_refused(string from, string to, string named)
    {
        using var directory = new BrokenDirectory();
        directory.Replace(MetaProperties, from, to);
        directory.AssertFinds(Outcome.Refused, "MetaPropertiesEnsemble", MetaProperties, named);
    }

    [Fact]
    public void Missing_meta_properties_are_refused()
    {
        using var directory = new BrokenDirectory();
        File.Delete(directory.PathOf(MetaProperties));
        directory.AssertFinds(Outcome.Refused, "MetaPropertiesEnsemble", MetaProperties);
    }

    [Fact]
    public void A_folder_in_the_place_of_a_file_is_refused()
    {
        using var directory = new BrokenDirectory();
        File.Delete(directory.PathOf(MetaProperties));
        Directory.CreateDirectory(directory.PathOf(MetaProperties));
        directory.AssertFinds(Outcome.Refused, "MetaPropertiesEnsemble", MetaProperties, "folder");
    }

    [Theory]
    [InlineData("node.id=1", "node.id=7", "KafkaRaftClient", Outcome.Refused)]
    [InlineData("node.id=1", "node.id=7", "BrokerMetadataPublisher", Outcome.Lost)]
    [InlineData("directory.id=qu8VX8AnS5WHJl8WpvUWZA", "directory.id=1n0G_S0PR3yKWtno0zqDdA", "KafkaRaftClient", Outcome.Refused)]
    [InlineData("directory.id=qu8VX8AnS5WHJl8WpvUWZA", "directory.id=1n0G_S0PR3yKWtno0zqDdA", "ReplicationControlManager", Outcome.Lost)]
    internal void An_identity_that_the_metadata_does_not_know_is_found(string from, string to, string kafkaClass, Outcome outcome)
    {
        using var directory = new BrokenDirectory();
        directory.Replace(MetaProperties, from, to);
        directory.AssertFinds(outcome, kafkaClass, "");
    }

    [Theory]
    [InlineData("recovery-point-offset-checkpoint", "0\n54\n", "1\n54\n", "CheckpointFile", Outcome.Refused)]
    [InlineData("recovery-point-offset-checkpoint", "0\n54\n", "0\n53\n", "CheckpointFile", Outcome.Refused)]
    [InlineData("recovery-point-offset-checkpoint", "0\n54\n", "0 \n54\n", "CheckpointFile", Outcome.Refused)]
    [InlineData("recovery-point-offset-checkpoint", "0\n54\n", "0\n54\n\n", "CheckpointFile", Outcome.Refused)]
    [InlineData("recovery-point-offset-checkpoint", "timestamps 0 9", "timestamps 0 9 9", "CheckpointFile", Outcome.Refused)]
    [InlineData("recovery-point-offset-checkpoint", "timestamps 0 9", "timestamps zero 9", "LogManager", Outcome.Repaired)]
    [InlineData("recovery-point-offset-checkpoint", "timestamps 0 9", "timestamps 0 -9", "UnifiedLog", Outcome.Repaired)]
    [InlineData("log-start-offset-checkpoint", "trimmed 1 20", "trimmed 1 twenty", "LogManager", Outcome.Lost)]
    [InlineData("replication-offset-checkpoint", "producers 0 105", "producers 0 105.5", "ReplicaManager", Outcome.Refused)]
    [InlineData("cleaner-offset-checkpoint", "compacted-txn 0 33", "compacted-txn 0 x", "LogCleanerManager", Outcome.Refused)]
    [InlineData("replication-offset-checkpoint", "producers 0 105", "headers 1 30", "OffsetCheckpointFile", Outcome.Noted)]
    internal void A_checkpoint_that_is_not_written_as_Kafka_reads_it_is_found(string name, string from, string to, string kafkaClass, Outcome outcome)
    {
        using var directory = new BrokenDirectory();
        directory.Replace(name, from, to);
        directory.AssertFinds(outcome, kafkaClass, name);
    }

    [Fact]
    public void A_checkpoint_that_is_no_text_is_refused()
    {
        using var directory = new BrokenDirectory();
        File.WriteAllBytes(directory.PathOf("replication-offset-checkpoint"), [0x30, 0x0a, 0xff, 0xfe]);
        directory.AssertFinds(Outcome.Refused, "CheckpointFile", "replication-offset-checkpoint", "UTF-8");
    }

    [Theory]
    [InlineData("recovery-point-offset-checkpoint", "timestamps 0 9", "timestamps 0 10", "UnifiedLog")]
    [InlineData("replication-offset-checkpoint", "timestamps 0 9", "timestamps 0 10", "UnifiedLog")]
    [InlineData("log-start-offset-checkpoint", "trimmed 1 20", "trimmed 1 21", "LogLoader")]
    public void A_log_that_ends_before_what_is_noted_of_it_is_found(string name, string from, string to, string kafkaClass)
    {
        using var directory = new BrokenDirectory();
        directory.Replace(name, from, to);
        directory.AssertFinds(Outcome.Lost, kafkaClass, from.Split(' ')[0] + "-" + from.Split(' ')[1], name);
    }

    [Fact]
    public void A_mark_of_the_clean_stop_that_cannot_be_read_is_found_and_does_no_harm()
    {
        using var directory = new BrokenDirectory();
        directory.Write(".kafka_cleanshutdown", "{");
        directory.AssertFinds(Outcome.Repaired, "CleanShutdownFileHandler", ".kafka_cleanshutdown");
    }

    [Fact]
    public void A_directory_in_use_is_refused_and_not_read()
    {
        using var directory = new BrokenDirectory();
        using var held = new DiskFileStore().Lock(directory.Log);
        File.Delete(directory.PathOf(MetaProperties));
        var only = Assert.Single(directory.Check());
        Assert.Equal((Outcome.Refused, "FileLock"), (only.Outcome, only.KafkaClass));
    }

    [Fact]
    public void The_check_leaves_the_lock_free()
    {
        using var directory = new BrokenDirectory();
        directory.Write(".lock", "");
        Assert.Single(directory.Check());
        new DiskFileStore().Lock(directory.Log).Dispose();
    }

    [Fact]
    public void A_bootstrap_checkpoint_that_is_no_snapshot_is_refused()
    {
        using var directory = new BrokenDirectory();
        directory.Write("bootstrap.checkpoint", "this is no record batch, though it is long enough to be one");
        directory.AssertFinds(Outcome.Refused, "BatchFileReader", "bootstrap.checkpoint");
    }

    [Fact]
    public void A_bootstrap_checkpoint_as_older_versions_wrote_it_passes()
    {
        using var directory = new BrokenDirectory();
        File.Copy(directory.PathOf(BrokenDirectory.Metadata, "00000000000000000000-0000000000.checkpoint"), directory.PathOf("bootstrap.checkpoint"));
        Assert.Single(directory.Check());
        directory.Patch("bootstrap.checkpoint", -1, 0x55);
        directory.AssertFinds(Outcome.Refused, "BatchFileReader", "bootstrap.checkpoint", "checksum");
    }
}
