using Moldau.Broker.Handover;

namespace Moldau.Broker.Tests.Handover;

/// <summary>Breaks of the folders in a log directory.</summary>
public sealed class FolderTests
{
    private const string PartitionMetadata = "partition.metadata";

    [Theory]
    [InlineData("journal")]
    [InlineData(".moldau")]
    [InlineData("lost+found")]
    [InlineData("topic-one")]
    [InlineData("-0")]
    [InlineData("topic-")]
    [InlineData("topic-0-delete")]
    [InlineData("topic-0.-stray")]
    public void A_folder_that_is_no_partition_is_refused(string name)
    {
        using var directory = new BrokenDirectory();
        Directory.CreateDirectory(directory.PathOf(name));
        directory.AssertFinds(Outcome.Refused, "LogManager", "/" + name);
    }

    [Theory]
    [InlineData("a-0", "a", 0, FolderKind.Current)]
    [InlineData("a-b.c-12", "a-b.c", 12, FolderKind.Current)]
    [InlineData("a-007", "a", 7, FolderKind.Current)]
    [InlineData("a-1.0123abcd-delete", "a", 1, FolderKind.Delete)]
    [InlineData("a.b-1.0123abcd-stray", "a.b", 1, FolderKind.Stray)]
    [InlineData("a-1.0123abcd-future", "a", 1, FolderKind.Future)]
    internal void Names_are_read_as_Kafka_reads_them(string name, string topic, int partition, FolderKind kind)
    {
        Assert.True(PartitionFolder.TryParse(name, out var folder));
        Assert.Equal(new PartitionFolder(topic, partition, kind), folder);
    }

    [Fact]
    public void A_plain_file_and_the_cache_of_remote_indexes_are_passed_over()
    {
        using var directory = new BrokenDirectory();
        directory.Write("notes.txt", "hello");
        Directory.CreateDirectory(directory.PathOf("remote-log-index-cache"));
        Assert.Single(directory.Check());
    }

    [Fact]
    public void Two_folders_of_one_partition_are_refused()
    {
        using var directory = new BrokenDirectory();
        Directory.CreateDirectory(directory.PathOf("keyed-00"));
        BrokenDirectory.Copy(directory.PathOf("keyed-0"), directory.PathOf("keyed-00"));
        directory.AssertFinds(Outcome.Refused, "LogManager", "/keyed-00", "keyed-0");
    }

    [Theory]
    [InlineData("keyed-0.0123456789abcdef0123456789abcdef-delete", Outcome.Repaired)]
    [InlineData("keyed-0.0123456789abcdef0123456789abcdef-stray", Outcome.Noted)]
    [InlineData("keyed-0.0123456789abcdef0123456789abcdef-future", Outcome.Lost)]
    internal void What_a_suffix_means_to_Kafka_is_said(string name, Outcome outcome)
    {
        using var directory = new BrokenDirectory();
        Directory.CreateDirectory(directory.PathOf(name));
        BrokenDirectory.Copy(directory.PathOf("keyed-0"), directory.PathOf(name));
        directory.AssertFinds(outcome, "LogManager", name);
    }

    [Theory]
    [InlineData("delete", PartitionMetadata, "PartitionMetadataFile")]
    [InlineData("stray", PartitionMetadata, "PartitionMetadataFile")]
    [InlineData("stray", "leader-epoch-checkpoint", "LeaderEpochCheckpointFile")]
    [InlineData("stray", "copy.log", "LogLoader")]
    public void What_keeps_Kafka_from_opening_a_folder_that_is_set_aside_is_found(string suffix, string file, string kafkaClass)
    {
        using var directory = new BrokenDirectory();
        string name = $"keyed-0.0123456789abcdef0123456789abcdef-{suffix}";
        Directory.CreateDirectory(directory.PathOf(name));
        BrokenDirectory.Copy(directory.PathOf("keyed-0"), directory.PathOf(name));
        directory.Write(directory.PathOf(name, file), "version");
        Assert.Contains("Move the folder", directory.AssertFinds(Outcome.Refused, kafkaClass, $"{name}/{file}").Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delete", false)]
    [InlineData("stray", true)]
    public void Kafka_looks_for_the_end_of_a_log_that_is_set_aside_and_not_of_one_that_it_deletes(string suffix, bool isRefused)
    {
        using var directory = new BrokenDirectory();
        string name = $"keyed-0.0123456789abcdef0123456789abcdef-{suffix}";
        Directory.CreateDirectory(directory.PathOf(name));
        BrokenDirectory.Copy(directory.PathOf("keyed-0"), directory.PathOf(name));
        directory.Append(directory.PathOf(name, BrokenDirectory.FirstLog), new byte[1000]);
        Assert.Equal(isRefused, directory.Check().Exists(finding => finding.Fails));
    }

    [Fact]
    public void A_partition_of_the_metadata_without_a_folder_is_found()
    {
        using var directory = new BrokenDirectory();
        Directory.Delete(directory.PathOf("keyed-0"), recursive: true);
        directory.AssertFinds(Outcome.Lost, "LogManager", "/keyed-0", "no folder");
    }

    [Fact]
    public void A_folder_without_partition_metadata_is_set_aside_and_the_id_that_it_needs_is_named()
    {
        using var directory = new BrokenDirectory();
        string id = File.ReadAllText(directory.PathOf("keyed-0", PartitionMetadata))[^22..];
        File.Delete(directory.PathOf("keyed-0", PartitionMetadata));
        Assert.Contains(id, directory.AssertFinds(Outcome.Lost, "BrokerMetadataPublisher", "/keyed-0").Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("version: -1\ntopic_id: Axn1sMvDRkqPCuBev3rRNQ")]
    [InlineData("version 0\ntopic_id: Axn1sMvDRkqPCuBev3rRNQ")]
    [InlineData("version: 0\ntopic_id: short")]
    [InlineData("version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("version: 0")]
    public void Partition_metadata_that_name_no_topic_are_refused(string text)
    {
        using var directory = new BrokenDirectory();
        directory.Write(directory.PathOf("keyed-0", PartitionMetadata), text);
        directory.AssertFinds(Outcome.Refused, "PartitionMetadataFile", "keyed-0/" + PartitionMetadata);
    }

    [Fact]
    public void A_topic_id_that_is_no_topic_s_is_set_aside()
    {
        using var directory = new BrokenDirectory();
        directory.Write(directory.PathOf("keyed-0", PartitionMetadata), "version: 0\ntopic_id: R5Xl5TvpS9GrOTnhhecoyw");
        directory.AssertFinds(Outcome.Lost, "BrokerMetadataPublisher", "/keyed-0", "R5Xl5TvpS9GrOTnhhecoyw");
    }

    [Fact]
    public void The_id_of_another_topic_is_found()
    {
        using var directory = new BrokenDirectory();
        File.Copy(directory.PathOf("txn-0", PartitionMetadata), directory.PathOf("keyed-0", PartitionMetadata), overwrite: true);
        directory.AssertFinds(Outcome.Lost, "BrokerMetadataPublisher", "/keyed-0", "topic txn");
    }

    [Fact]
    public void A_partition_that_the_topic_does_not_have_is_set_aside()
    {
        using var directory = new BrokenDirectory();
        Directory.CreateDirectory(directory.PathOf("keyed-9"));
        BrokenDirectory.Copy(directory.PathOf("keyed-0"), directory.PathOf("keyed-9"));
        directory.AssertFinds(Outcome.Lost, "BrokerMetadataPublisher", "/keyed-9", "no partition 9");
    }

    [Theory]
    [InlineData("copy.log", Outcome.Refused)]
    [InlineData("copy.index", Outcome.Refused)]
    [InlineData("copy.snapshot", Outcome.Refused)]
    [InlineData("17.log", Outcome.Lost)]
    [InlineData("00000000000000000017.index", Outcome.Repaired)]
    [InlineData("00000000000000000017.log.deleted", Outcome.Repaired)]
    [InlineData("00000000000000000017.log.cleaned", Outcome.Repaired)]
    [InlineData("00000000000000000017.log.swap", Outcome.Repaired)]
    internal void A_file_that_does_not_belong_to_a_partition_is_found(string name, Outcome outcome)
    {
        using var directory = new BrokenDirectory();
        directory.Write(directory.PathOf("keyed-0", name), "");
        directory.AssertFinds(outcome, "LogLoader", name);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_refused()
    {
        using var directory = new BrokenDirectory();
        string path = directory.PathOf("keyed-0", BrokenDirectory.FirstIndex);
        File.Delete(path);
        File.CreateSymbolicLink(path, directory.PathOf("gone")); // Root may read any file, but none that is not there.
        directory.AssertFinds(Outcome.Refused, "LogLoader", "keyed-0/" + BrokenDirectory.FirstIndex, "cannot be read");
    }
}
