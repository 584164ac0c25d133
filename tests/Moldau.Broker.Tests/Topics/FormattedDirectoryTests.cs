using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Log.Files;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Topics;

/// <summary>Directories that Apache Kafka's kafka-storage.sh has formatted and no broker has started on.</summary>
public sealed class FormattedDirectoryTests
{
    private readonly StoredCluster _cluster = new();

    public FormattedDirectoryTests() =>
        _cluster.Put($"{StoredCluster.LogPath}/meta.properties", "version=1\ncluster.id=MkU3OEVBNTcwNTJENDM2Qg\nnode.id=1\ndirectory.id=qu8VX8AnS5WHJl8WpvUWZA\n"u8.ToArray());

    [Fact]
    public async Task One_whose_voters_are_in_the_configuration_starts_and_its_log_names_none()
    {
        Format();

        await using (var storage = await _cluster.OpenAsync())
        {
            await storage.Metadata.AskAsync(image => ScramDecisions.Alter(image, User("ann")));
            await storage.Metadata.AskAsync(image => ScramDecisions.Alter(image, new() { Deletions = [new() { Name = "ann", Mechanism = (sbyte)ScramMechanism.Sha256 }] }));
        }

        var inLog = new List<ControlRecordType>();
        MetadataBatches.Read(FirstBatch(), 0, _ => { }, record => inLog.Add(record.Type));
        Assert.Equal([ControlRecordType.LeaderChange], inLog);
        var snapshots = new MetadataSnapshots(_cluster.Files, StoredCluster.MetadataPath);
        var inSnapshot = new List<ControlRecordType>();
        snapshots.Read(snapshots.Newest()!.Value, _ => { }, record => inSnapshot.Add(record.Type));
        Assert.Equal([ControlRecordType.SnapshotHeader, ControlRecordType.SnapshotFooter], inSnapshot);
        await using var again = await _cluster.OpenAsync();
        Assert.Equal(0, again.Metadata.KRaftVersion);
    }

    [Fact]
    public async Task One_of_several_voters_of_the_configuration_is_refused_and_the_only_one_is_not()
    {
        Format();
        _cluster.Properties["controller.quorum.voters"] = "1@localhost:9093,2@other:9093";

        var refusal = await Assert.ThrowsAsync<UnsuitableClusterException>(_cluster.OpenAsync);

        Assert.Contains("names the nodes 1, 2", refusal.Reason, StringComparison.Ordinal);
        _cluster.Properties["controller.quorum.voters"] = "1@localhost:9093";
        await (await _cluster.OpenAsync()).DisposeAsync();
    }

    [Fact]
    public async Task One_of_several_voters_begins_no_cluster_of_its_own_in_an_empty_directory()
    {
        _cluster.Properties["controller.quorum.voters"] = "1@localhost:9093,2@other:9093,3@third:9093";

        var refusal = await Assert.ThrowsAsync<UnsuitableClusterException>(_cluster.OpenAsync);

        Assert.Contains("names the nodes 1, 2, 3", refusal.Reason, StringComparison.Ordinal);
        _cluster.Properties.Remove("controller.quorum.voters");
        await (await _cluster.OpenAsync()).DisposeAsync();
    }

    [Fact]
    public async Task One_that_waits_for_a_quorum_to_take_it_in_is_refused_with_the_remedy()
    {
        Format(QuorumRecord.KRaftVersion(1));

        var refusal = await Assert.ThrowsAsync<UnsuitableClusterException>(_cluster.OpenAsync);

        Assert.Contains("names no voters", refusal.Reason, StringComparison.Ordinal);
        Assert.Contains("--standalone", refusal.Remedy, StringComparison.Ordinal);
        Assert.False(_cluster.Files.FileExists($"{StoredCluster.MetadataPath}/quorum-state"));
    }

    /// <summary>The first thing in the log: what the leader says of the quorum.</summary>
    private ReadOnlyMemory<byte> FirstBatch()
    {
        byte[] log = _cluster.Files.ReadAll($"{StoredCluster.MetadataPath}/00000000000000000000.log");
        var batches = new BatchEnumerator(log);
        Assert.True(batches.MoveNext());
        return log.AsMemory(0, batches.Current.TotalBytes);
    }

    [Fact]
    public async Task One_that_an_older_Kafka_formatted_with_users_does_not_begin_without_them()
    {
        _cluster.Put($"{StoredCluster.LogPath}/bootstrap.checkpoint", []);

        var refusal = await Assert.ThrowsAsync<UnsuitableClusterException>(_cluster.OpenAsync);

        Assert.Contains("bootstrap.checkpoint", refusal.Reason, StringComparison.Ordinal);
        Assert.Contains("Kafka 4.4", refusal.Remedy, StringComparison.Ordinal);
        Assert.Empty(new MetadataSnapshots(_cluster.Files, StoredCluster.MetadataPath).All());
    }

    private void Format(params QuorumRecord[] quorum)
    {
        _cluster.Files.CreateDirectory(StoredCluster.MetadataPath);
        new MetadataSnapshots(_cluster.Files, StoredCluster.MetadataPath).Write(default, [QuorumRecord.SnapshotHeader(0), .. quorum], NodeDecisions.Bootstrap([]), nowMs: 0);
    }

    private static AlterUserScramCredentialsRequest User(string name) =>
        new() { Upsertions = [new() { Name = name, Mechanism = (sbyte)ScramMechanism.Sha256, Iterations = 4096, Salt = [1], SaltedPassword = [2] }] };
}
