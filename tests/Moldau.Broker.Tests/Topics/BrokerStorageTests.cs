using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Log.Files;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Topics;

public sealed class BrokerStorageTests
{
    private readonly StoredCluster _cluster = new();

    [Fact]
    public async Task A_first_start_writes_the_files_that_Kafka_writes()
    {
        await using var storage = await _cluster.OpenAsync();

        Assert.Equal(
            """{"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}""",
            _cluster.Text($"{StoredCluster.MetadataPath}/quorum-state"));
        Assert.True(_cluster.Files.FileExists($"{StoredCluster.MetadataPath}/00000000000000000000-0000000000.checkpoint"));
        Assert.Equal("version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ", _cluster.Text($"{StoredCluster.MetadataPath}/partition.metadata"));
        Assert.Equal(33, storage.Metadata.Image.Features[Features.MetadataVersion]);
        Assert.False(storage.Metadata.Image.Brokers[1].Fenced);
    }

    [Fact]
    public async Task Topics_settings_and_users_survive_a_clean_restart()
    {
        Guid id;
        await using (var storage = await _cluster.OpenAsync())
        {
            id = await StoredCluster.CreateAsync(storage, "orders", 3, ("retention.ms", "5000"));
            await storage.Metadata.AskAsync(image => ScramDecisions.Alter(image, User("ann")));
        }

        await using var again = await _cluster.OpenAsync();

        var topic = again.Metadata.Image.Topics.ByName["orders"];
        Assert.Equal((id, 3), (topic.Id, topic.Partitions.Length));
        Assert.Equal("5000", again.Metadata.Image.ConfigOf(ConfigResource.Topic("orders"))["retention.ms"]);
        Assert.True(again.Metadata.Image.ScramCredentials.ContainsKey(new ScramUser("ann", (sbyte)ScramMechanism.Sha256)));
        Assert.Equal(ErrorCode.None, again.Partitions.Find("orders", 2, out var partition));
        Assert.Equal(2, partition.LeaderEpoch);
        Assert.Contains("\"leaderEpoch\":2", _cluster.Text($"{StoredCluster.MetadataPath}/quorum-state"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Partitions_are_found_by_name_and_by_id_until_their_topic_is_deleted()
    {
        await using var storage = await _cluster.OpenAsync();
        var id = await StoredCluster.CreateAsync(storage, "orders", 2);
        var deleted = new List<string>();
        storage.Metadata.TopicDeleted += topic => deleted.Add(topic.Name);

        Assert.Equal(ErrorCode.None, storage.Partitions.Find("orders", 1, out var byName));
        Assert.Equal(ErrorCode.None, storage.Partitions.Find(id, 1, out var byId));
        Assert.Same(byName, byId);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, storage.Partitions.Find("orders", 2, out _));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, storage.Partitions.Find(id, -1, out _));

        await StoredCluster.DeleteAsync(storage, "orders");

        Assert.Equal(ErrorCode.UnknownTopicOrPartition, storage.Partitions.Find("orders", 0, out _));
        Assert.Equal(ErrorCode.UnknownTopicId, storage.Partitions.Find(id, 0, out _));
        Assert.Equal(["orders"], deleted);
        Assert.DoesNotContain("orders-0", _cluster.Files.DirectoryNames(StoredCluster.LogPath));
    }

    [Fact]
    public async Task A_look_up_allocates_nothing()
    {
        await using var storage = await _cluster.OpenAsync();
        var id = await StoredCluster.CreateAsync(storage, "orders");
        Assert.Equal(ErrorCode.None, LookUp());

        long before = GC.GetAllocatedBytesForCurrentThread();
        LookUp();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        ErrorCode LookUp() => storage.Partitions.Find("orders", 0, out _) | storage.Partitions.Find(id, 0, out _);
    }

    [Fact]
    public async Task A_topic_whose_directory_the_disk_does_not_let_go_is_gone_all_the_same_and_can_be_made_again()
    {
        var disk = new SimulatedDisk(seed: 1);
        disk.CreateDirectory("/data");
        var cluster = new StoredCluster { Files = disk };
        await using var storage = await cluster.OpenAsync();
        await StoredCluster.CreateAsync(storage, "orders");
        disk.Fails = (operation, path) => operation == "rename" && path == $"{StoredCluster.LogPath}/orders-0";

        await StoredCluster.DeleteAsync(storage, "orders");
        Assert.False(storage.Metadata.Image.Topics.ByName.ContainsKey("orders"));
        await StoredCluster.CreateAsync(storage, "orders");
        Assert.NotEqual(ErrorCode.None, storage.Partitions.Find("orders", 0, out _));

        disk.Fails = null;
        await StoredCluster.DeleteAsync(storage, "orders");
        await StoredCluster.CreateAsync(storage, "orders");
        Assert.Equal(ErrorCode.None, storage.Partitions.Find("orders", 0, out var made));
        Assert.Equal(0, made.Log.LogEndOffset);
    }

    [Fact]
    public async Task A_topic_made_again_begins_with_an_empty_log_of_another_id()
    {
        await using var storage = await _cluster.OpenAsync();
        var first = await StoredCluster.CreateAsync(storage, "reborn");
        await StoredCluster.DeleteAsync(storage, "reborn");

        var second = await StoredCluster.CreateAsync(storage, "reborn");

        Assert.NotEqual(first, second);
        Assert.Equal(ErrorCode.None, storage.Partitions.Find("reborn", 0, out var partition));
        Assert.Equal((second, 0L), (partition.Log.TopicId, partition.Log.LogEndOffset));
    }

    [Fact]
    public async Task The_directory_of_an_unknown_topic_is_put_aside_at_the_start()
    {
        await (await _cluster.OpenAsync()).DisposeAsync();
        _cluster.Put($"{StoredCluster.LogPath}/foreign-0/partition.metadata", "version: 0\ntopic_id: R5Xl5TvpS9GrOTnhhecoyw"u8.ToArray());

        await using var storage = await _cluster.OpenAsync();

        string left = Assert.Single(_cluster.Files.DirectoryNames(StoredCluster.LogPath), name => name.StartsWith("foreign", StringComparison.Ordinal));
        Assert.EndsWith("-stray", left, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_after_the_removal_of_a_user_leaves_a_snapshot_and_the_next_start_reads_it()
    {
        await using (var storage = await _cluster.OpenAsync())
        {
            await storage.Metadata.AskAsync(image => ScramDecisions.Alter(image, User("ann")));
            await storage.Metadata.AskAsync(image => ScramDecisions.Alter(image, User("bob")));
            await storage.Metadata.AskAsync(image => ScramDecisions.Alter(image, new() { Deletions = [new() { Name = "ann", Mechanism = (sbyte)ScramMechanism.Sha256 }] }));
        }
        Assert.Equal(2, SnapshotNames().Count());

        await using var again = await _cluster.OpenAsync();

        Assert.Equal(["bob"], again.Metadata.Image.ScramCredentials.Keys.Select(user => user.Name));
    }

    [Fact]
    public async Task A_start_without_quorum_state_goes_on_from_the_epoch_of_a_snapshot_at_the_end_of_the_log()
    {
        await (await _cluster.OpenAsync()).DisposeAsync();
        await using (var storage = await _cluster.OpenAsync())
        {
            await StoredCluster.CreateAsync(storage, "orders", 1, ("retention.ms", "5000"));
            await StoredCluster.DeleteAsync(storage, "orders");
        }
        Assert.Contains(SnapshotNames(), name => name.EndsWith("-0000000002.checkpoint", StringComparison.Ordinal));
        _cluster.Files.DeleteFile($"{StoredCluster.MetadataPath}/quorum-state");

        await using var again = await _cluster.OpenAsync();

        Assert.Contains("\"leaderEpoch\":3", _cluster.Text($"{StoredCluster.MetadataPath}/quorum-state"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_after_the_removal_of_a_topic_with_settings_leaves_a_snapshot()
    {
        await using (var storage = await _cluster.OpenAsync())
        {
            await StoredCluster.CreateAsync(storage, "plain");
            await StoredCluster.DeleteAsync(storage, "plain");
        }
        Assert.Single(SnapshotNames());

        await using (var storage = await _cluster.OpenAsync())
        {
            await StoredCluster.CreateAsync(storage, "orders", 1, ("retention.ms", "5000"));
            await StoredCluster.DeleteAsync(storage, "orders");
            await StoredCluster.CreateAsync(storage, "orders");
        }
        Assert.Equal(2, SnapshotNames().Count());

        await using var again = await _cluster.OpenAsync();

        Assert.Empty(again.Metadata.Image.ConfigOf(ConfigResource.Topic("orders")));
    }

    [Fact]
    public async Task Producer_ids_are_unique_over_restarts()
    {
        var ids = new HashSet<long>();
        for (int start = 0; start < 2; start++)
        {
            await using var storage = await _cluster.OpenAsync();
            for (int count = 0; count < ProducerIdDecisions.BlockSize + 1; count++) Assert.True(ids.Add(await storage.ProducerIds.NextAsync()));
        }
    }

    [Fact]
    public async Task An_internal_topic_is_made_once_with_what_its_coordinator_needs()
    {
        await using var storage = await _cluster.OpenAsync();

        await Task.WhenAll(storage.Topics.EnsureInternalTopicAsync(TopicNames.ConsumerOffsets), storage.Topics.EnsureInternalTopicAsync(TopicNames.ConsumerOffsets));

        Assert.Equal(4, storage.Metadata.Image.Topics.ByName[TopicNames.ConsumerOffsets].Partitions.Length);
        Assert.Equal("compact", storage.Metadata.Image.ConfigOf(ConfigResource.Topic(TopicNames.ConsumerOffsets))["cleanup.policy"]);
        Assert.Equal(ErrorCode.None, storage.Partitions.Find(TopicNames.ConsumerOffsets, 3, out _));
    }

    [Fact]
    public async Task The_first_users_are_made_with_a_new_cluster_only()
    {
        var cluster = new StoredCluster { FirstUsers = [ScramDecisions.Credential(User("first").Upsertions[0])] };
        await (await cluster.OpenAsync()).DisposeAsync();

        await using var again = await cluster.OpenAsync();

        Assert.Equal(["first"], again.Metadata.Image.ScramCredentials.Keys.Select(user => user.Name));
    }

    [Fact]
    public async Task A_directory_of_another_node_is_refused_with_the_remedy()
    {
        _cluster.Put($"{StoredCluster.LogPath}/meta.properties", "version=1\ncluster.id=MkU3OEVBNTcwNTJENDM2Qg\nnode.id=7\ndirectory.id=qu8VX8AnS5WHJl8WpvUWZA\n"u8.ToArray());

        var refusal = await Assert.ThrowsAsync<UnsuitableClusterException>(_cluster.OpenAsync);

        Assert.Contains("node.id=7", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_of_partitions_that_lost_its_metadata_is_no_new_cluster()
    {
        await using (var storage = await _cluster.OpenAsync()) await StoredCluster.CreateAsync(storage, "orders");
        _cluster.Files.DeleteDirectory(StoredCluster.MetadataPath);

        var refusal = await Assert.ThrowsAsync<UnsuitableClusterException>(_cluster.OpenAsync);

        Assert.Contains("orders-0", refusal.Reason, StringComparison.Ordinal);
        Assert.Contains("orders-0", _cluster.Files.DirectoryNames(StoredCluster.LogPath));
    }

    [Fact]
    public async Task A_metadata_log_that_has_lost_what_a_snapshot_says_is_refused()
    {
        await (await _cluster.OpenAsync()).DisposeAsync();
        byte[] snapshot = _cluster.Files.ReadAll($"{StoredCluster.MetadataPath}/00000000000000000000-0000000000.checkpoint");
        _cluster.Put($"{StoredCluster.MetadataPath}/00000000000000000999-0000000001.checkpoint", snapshot);

        var refusal = await Assert.ThrowsAsync<IOException>(_cluster.OpenAsync);

        Assert.Contains("00000000000000000999-0000000001.checkpoint says what came behind it", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("01780000", "type 120")]
    [InlineData("01140001070101", "type 20 has a tagged field")]
    public async Task Metadata_of_a_newer_version_is_refused_with_the_remedy(string record, string problem)
    {
        using var builder = new BatchBuilder();
        builder.Append(0, null, Convert.FromHexString(record));
        _cluster.Put($"{StoredCluster.LogPath}/meta.properties", "version=1\ncluster.id=MkU3OEVBNTcwNTJENDM2Qg\nnode.id=1\ndirectory.id=qu8VX8AnS5WHJl8WpvUWZA\n"u8.ToArray());
        _cluster.Put($"{StoredCluster.MetadataPath}/partition.metadata", "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ"u8.ToArray());
        _cluster.Put($"{StoredCluster.MetadataPath}/00000000000000000000.log", builder.Build().ToArray());

        var refusal = await Assert.ThrowsAsync<UnsuitableClusterException>(_cluster.OpenAsync);

        Assert.Contains(problem, refusal.Reason, StringComparison.Ordinal);
        Assert.Contains("Run the version that wrote it", refusal.Remedy, StringComparison.Ordinal);
    }

    private IEnumerable<string> SnapshotNames() => _cluster.Files.FileNames(StoredCluster.MetadataPath).Where(name => name.EndsWith(".checkpoint", StringComparison.Ordinal));

    private static AlterUserScramCredentialsRequest User(string name) =>
        new() { Upsertions = [new() { Name = name, Mechanism = (sbyte)ScramMechanism.Sha256, Iterations = 4096, Salt = [1], SaltedPassword = [2] }] };
}
