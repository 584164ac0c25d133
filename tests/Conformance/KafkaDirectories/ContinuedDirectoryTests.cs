using System.Text.Json.Nodes;
using Moldau.Conformance.Dialogues;
using Moldau.Protocol.Records;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>Moldau goes on where Kafka stopped: it adds to the files that it finds, and leaves a directory that is Kafka's.</summary>
public sealed class ContinuedDirectoryTests : IAsyncLifetime
{
    private const short Produce = 0, OffsetCommit = 8, CreateTopics = 19, IncrementalAlterConfigs = 44;

    private readonly KafkaDirectory _directory = KafkaDirectory.Unpack("clean");
    private readonly Dictionary<string, byte[]> _before;
    private readonly DirectoryFiles _files;
    private JsonObject? _told;

    public ContinuedDirectoryTests()
    {
        _files = new DirectoryFiles(_directory.LogPath);
        _before = Directory.GetFiles(_directory.LogPath, "*", SearchOption.AllDirectories).ToDictionary(path => path, File.ReadAllBytes);
    }

    /// <summary>One run that changes a little of everything, and stops.</summary>
    public async ValueTask InitializeAsync()
    {
        await using var broker = await DirectoryBroker.StartAsync(_directory.DataPath);
        using var client = await broker.ConnectAsync();
        await ChangeAsync(client);
        _told = await TellAsync(client);
    }

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void What_stood_in_a_log_stands_there_still_before_what_was_added()
    {
        foreach (var (path, bytes) in _before.Where(file => file.Key.EndsWith(".log", StringComparison.Ordinal) || file.Key.EndsWith(".checkpoint", StringComparison.Ordinal)))
            Assert.True(File.ReadAllBytes(path).AsSpan().StartsWith(bytes), $"{path} was rewritten");
        Assert.True(new FileInfo(MetadataLog).Length > _before[MetadataLog].Length);
        Assert.Equal(_before[Path.Combine(_directory.LogPath, "meta.properties")], File.ReadAllBytes(Path.Combine(_directory.LogPath, "meta.properties")));
    }

    [Fact]
    public async Task A_second_start_tells_the_same()
    {
        await using var again = await DirectoryBroker.StartAsync(_directory.DataPath);
        using var client = await again.ConnectAsync();
        Assert.Empty(ToldDifferences.Between(_told, await TellAsync(client)));
    }

    [Fact]
    public void The_metadata_log_goes_on_in_a_new_epoch_with_the_records_of_a_start_and_a_stop()
    {
        long formerEnd = _files.Json("__cluster_metadata-0/quorum-state")["leaderEpoch"]!.GetValue<long>();
        var added = LogFile.Read(MetadataLog).Where(batch => batch.LeaderEpoch == 2).ToList();
        var kinds = MetadataFile.Kinds(added);

        Assert.Equal(2, formerEnd);
        Assert.All(LogFile.Read(MetadataLog), batch => Assert.InRange(batch.LeaderEpoch, 1, 2));
        Assert.Equal(["control 2", "27v0", "0v4", "17v3"], kinds[..4]);
        Assert.StartsWith("17v0,5v2,5v2", kinds[4], StringComparison.Ordinal);
        Assert.Contains("2v0,4v0,3v2,3v2", kinds);
        Assert.StartsWith("17v1,5v2,5v2", kinds[^2], StringComparison.Ordinal);
        Assert.Equal("17v0", kinds[^1]);
        Assert.Equal([(1, 0), (2, added[0].BaseOffset)], _files.LeaderEpochs("__cluster_metadata-0"));
    }

    [Fact]
    public void The_stop_is_clean_by_the_broker_epoch_of_the_registration()
    {
        const int registerBroker = 0;
        var registration = LogFile.Read(MetadataLog).SelectMany(batch => batch.IsControl ? [] : batch.Records)
            .Last(record => MetadataFile.KindOf(record).Type == registerBroker);
        var clean = _files.Json(".kafka_cleanshutdown");
        Assert.Equal((0, registration.Offset), (clean["version"]!.GetValue<int>(), clean["brokerEpoch"]!.GetValue<long>()));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_directory.DataPath, "journal"), "*.journal"));
    }

    [Fact]
    public void Every_partition_has_its_checkpoints_at_its_end_and_belongs_to_its_topic()
    {
        var recoveryPoints = _files.Checkpoint("recovery-point-offset-checkpoint");
        var highWatermarks = _files.Checkpoint("replication-offset-checkpoint");
        var starts = _files.Checkpoint("log-start-offset-checkpoint");
        foreach (string partition in _files.PartitionNames.Where(name => name != "__cluster_metadata-0"))
        {
            long end = _files.LogEnd(partition);
            string topic = partition[..partition.LastIndexOf('-')];
            Assert.Equal((end, end), (recoveryPoints[partition], highWatermarks[partition]));
            Assert.Equal(_told!["topics"]![topic]!["id"]!.GetValue<string>(), _files.TopicId(partition));
            var epochs = _files.LeaderEpochs(partition);
            Assert.Equal(epochs.OrderBy(epoch => epoch.Epoch).ThenBy(epoch => epoch.Start), epochs);
            Assert.All(epochs, epoch => Assert.InRange(epoch.Start, 0, end));
        }
        Assert.Equal([("trimmed-0", 7L), ("trimmed-1", 20L)], starts.Select(start => (start.Key, start.Value)).Order());
    }

    [Fact]
    public void The_snapshot_of_the_stop_is_one_of_Kafkas()
    {
        string path = Directory.GetFiles(_directory.MetadataPath, "*.checkpoint").Max(StringComparer.Ordinal)!;
        var batches = LogFile.Read(path);
        long end = LogFile.Read(MetadataLog)[^1].LastOffset + 1;

        Assert.Equal($"{end:D20}-{2:D10}.checkpoint", Path.GetFileName(path));
        Assert.Equal(0, batches[0].BaseOffset);
        var kinds = MetadataFile.Kinds(batches);
        Assert.Equal(("control 3,5,6", "control 4"), (kinds[0], kinds[^1]));
        Assert.StartsWith("12v0", kinds[1], StringComparison.Ordinal);
        // One broker, one controller, the topics, and all that no API shows yet.
        var counts = batches.Where(batch => !batch.IsControl).SelectMany(batch => batch.Records).CountBy(record => MetadataFile.KindOf(record).Type).ToDictionary();
        Assert.Equal((1, 1, 33, 6, 5, 4, 1), (counts[0], counts[27], counts[2], counts[18], counts[14], counts[11], counts[10]));
    }

    private string MetadataLog => Path.Combine(_directory.MetadataPath, "00000000000000000000.log");

    private static Task<JsonObject> TellAsync(DialogueConnection client) => new TellingBroker(client).TellAsync();

    private static async Task ChangeAsync(DialogueConnection client)
    {
        await AskAsync(client, CreateTopics, 7, """
            {"topics": [{"name": "after-kafka", "numPartitions": 2, "replicationFactor": 1, "assignments": [], "configs": [{"name": "retention.ms", "value": "5000000000"}]}],
             "timeoutMs": 30000, "validateOnly": false}
            """);
        await AskAsync(client, IncrementalAlterConfigs, 1, """
            {"resources": [{"resourceType": 2, "resourceName": "configured", "configs": [{"name": "max.message.bytes", "configOperation": 0, "value": "1234567"}]}], "validateOnly": false}
            """);
        await AskAsync(client, OffsetCommit, 8, """
            {"groupId": "after-kafka", "generationIdOrMemberEpoch": -1, "memberId": "", "groupInstanceId": null,
             "topics": [{"name": "keyed", "partitions": [{"partitionIndex": 0, "committedOffset": 9, "committedLeaderEpoch": -1, "committedMetadata": "by Moldau"}]}]}
            """);
        string batch = Batch();
        foreach (string topic in new[] { "keyed", "txn", "headers", "after-kafka", "never-written" })
        {
            await AskAsync(client, Produce, 12, $$"""
                {"transactionalId": null, "acks": -1, "timeoutMs": 30000, "topicData": [{"name": "{{topic}}", "partitionData": [{"index": 1, "records": "{{batch}}"}]}]}
                """);
        }
    }

    /// <summary>One record of the directory's own time, in hex: an old one might be deleted while the test looks at it.</summary>
    private static string Batch()
    {
        using var builder = new BatchBuilder();
        builder.Append(ChosenClock.AfterTheDirectories().GetUtcNow().ToUnixTimeMilliseconds(), null, "by Moldau"u8.ToArray());
        return Convert.ToHexString(builder.Build().Span);
    }

    private static async Task AskAsync(DialogueConnection client, short key, short version, string request)
    {
        var answer = await client.AskAsync(key, version, JsonNode.Parse(request)!.AsObject());
        Assert.DoesNotMatch("\"errorCode\":[^0]", answer.ToJsonString());
    }
}
