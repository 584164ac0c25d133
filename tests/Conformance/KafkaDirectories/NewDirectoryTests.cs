using System.Text.Json.Nodes;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>A directory that Moldau made, beside one that Kafka made: the same files, and the same records in the same order.</summary>
public sealed class NewDirectoryTests : IAsyncLifetime
{
    private const int ScramCredential = 11, Topic = 2;
    private const string FirstSegment = "00000000000000000000.log", FirstSnapshot = "00000000000000000000-0000000000.checkpoint";

    private readonly KafkaDirectory _kafka = KafkaDirectory.Unpack("clean");
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("moldau-new-directory-");

    public async ValueTask InitializeAsync()
    {
        await using var broker = await DirectoryBroker.StartAsync(_data.FullName);
        using var client = await broker.ConnectAsync();
        const string codecNone = """
            {"topics": [{"name": "codec-none", "numPartitions": 1, "replicationFactor": 1, "assignments": [], "configs": []}], "timeoutMs": 30000, "validateOnly": false}
            """;
        await client.AskAsync(19, 7, JsonNode.Parse(codecNone)!.AsObject());
    }

    public ValueTask DisposeAsync()
    {
        _kafka.Dispose();
        _data.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void The_properties_are_Kafkas()
    {
        var (ours, kafkas) = (Moldau.MetaProperties(), Kafka.MetaProperties());
        Assert.Equal(kafkas.Keys.Order(), ours.Keys.Order());
        Assert.Equal((kafkas["version"], kafkas["node.id"]), (ours["version"], ours["node.id"]));
        Assert.All(["cluster.id", "directory.id"], name => Assert.Matches("^[A-Za-z0-9_][A-Za-z0-9_-]{21}$", ours[name]));
    }

    [Fact]
    public void The_first_snapshot_has_the_voters_and_the_feature_levels_of_Kafkas()
    {
        var (ours, kafkas) = (Read(_data, FirstSnapshot), Read(_kafka, FirstSnapshot));
        Assert.Equal(WithoutUsers(kafkas), WithoutUsers(ours));
        Assert.Equal(Features(kafkas), Features(ours));
        var voter = Assert.Single(Voters(ours).Voters);
        var kafkasVoter = Assert.Single(Voters(kafkas).Voters);
        Assert.Equal(Protocol.KafkaUuid.ToText(voter.VoterDirectoryId), Moldau.MetaProperties()["directory.id"]);
        Assert.Equal((kafkasVoter.VoterId, kafkasVoter.Endpoints[0].Name), (voter.VoterId, voter.Endpoints[0].Name));
        Assert.Equal(
            (kafkasVoter.KRaftVersionFeature.MinSupportedVersion, kafkasVoter.KRaftVersionFeature.MaxSupportedVersion),
            (voter.KRaftVersionFeature.MinSupportedVersion, voter.KRaftVersionFeature.MaxSupportedVersion));
    }

    [Fact]
    public void The_log_begins_with_the_records_of_Kafkas_in_their_order()
    {
        var (ours, kafkas) = (UntilTheFirstTopic(Read(_data, FirstSegment)), UntilTheFirstTopic(Read(_kafka, FirstSegment)));
        Assert.Equal(WithoutUsers(kafkas), WithoutUsers(ours));
        Assert.Equal(Features(kafkas), Features(ours));
    }

    [Fact]
    public void The_files_of_the_quorum_are_Kafkas()
    {
        var (ours, kafkas) = (Moldau.Json("__cluster_metadata-0/quorum-state"), Kafka.Json("__cluster_metadata-0/quorum-state"));
        Assert.Equal(kafkas.ToJsonString(), ours.ToJsonString());
        Assert.Equal(Kafka.TopicId("__cluster_metadata-0"), Moldau.TopicId("__cluster_metadata-0"));
        Assert.Equal(Kafka.LeaderEpochs("__cluster_metadata-0"), Moldau.LeaderEpochs("__cluster_metadata-0"));
    }

    private DirectoryFiles Moldau => new(Path.Combine(_data.FullName, "log"));

    private DirectoryFiles Kafka => new(_kafka.LogPath);

    private static List<LogFileBatch> Read(DirectoryInfo data, string file) => LogFile.Read(Path.Combine(data.FullName, "log", "__cluster_metadata-0", file));

    private static List<LogFileBatch> Read(KafkaDirectory directory, string file) => LogFile.Read(Path.Combine(directory.MetadataPath, file));

    private static List<LogFileBatch> UntilTheFirstTopic(List<LogFileBatch> batches) =>
        batches[..(1 + batches.FindIndex(batch => !batch.IsControl && batch.Records.Any(record => MetadataFile.KindOf(record).Type == Topic)))];

    /// <summary>Each broker begins with users of its own.</summary>
    private static List<string> WithoutUsers(List<LogFileBatch> batches) => MetadataFile.Kinds(batches.Select(batch => batch.IsControl
        ? batch
        : batch with { Records = [.. batch.Records.Where(record => MetadataFile.KindOf(record).Type != ScramCredential)] }));

    private static List<(string Name, short Level)> Features(List<LogFileBatch> batches) =>
    [
        .. from batch in batches
           where !batch.IsControl
           from record in batch.Records
           let feature = MetadataRecord.Read(record.Value).Body as FeatureLevelRecord
           where feature is not null
           select (feature.Name, feature.FeatureLevel),
    ];

    private static VotersRecord Voters(List<LogFileBatch> batches)
    {
        const int voters = 6;
        var reader = new WireReader(batches[0].Records.Single(record => record.Key![3] == voters).Value);
        return VotersRecord.Read(ref reader, 0);
    }
}
