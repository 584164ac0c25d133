using Moldau.Coordination.Metadata;
using Moldau.Log.Files;
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Topics;

/// <summary>
/// The bytes of the metadata's files: the bootstrap snapshot, the log, <c>quorum-state</c> and a snapshot of a running cluster, as they were when
/// they were last compared with what Kafka reads. A change here is a change of a format that users have on their disks.
/// </summary>
public sealed class GoldenMetadataTests
{
    private int _ids;

    [Fact]
    public async Task The_metadata_of_two_runs_is_written_as_it_always_was()
    {
        var cluster = new StoredCluster
        {
            FirstUsers = [ScramDecisions.Credential(User("first").Upsertions[0])],
            Options = options => options with { NewId = () => new Guid(++_ids, 0, 0, new byte[8]) },
        };
        await using (var storage = await cluster.OpenAsync())
        {
            await StoredCluster.CreateAsync(storage, "orders", 2, ("retention.ms", "5000"));
            await StoredCluster.CreateAsync(storage, "gone");
            await StoredCluster.DeleteAsync(storage, "gone");
            await storage.Metadata.AskAsync(image => ScramDecisions.Alter(image, User("ann")));
            await storage.ProducerIds.NextAsync();
        }
        cluster.Time.Advance(TimeSpan.FromMinutes(1));
        await using (var storage = await cluster.OpenAsync())
        {
            // The stop leaves a snapshot where a user was removed.
            await storage.Metadata.AskAsync(image => ScramDecisions.Alter(image, new() { Deletions = [new() { Name = "ann", Mechanism = (sbyte)ScramMechanism.Sha256 }] }));
        }
        string[] files = [.. GoldenFiles.LinesOf(cluster.Files, StoredCluster.LogPath)];
        Assert.Null(GoldenFiles.Difference("GoldenMetadata.txt", files));
    }

    private static AlterUserScramCredentialsRequest User(string name) =>
        new() { Upsertions = [new() { Name = name, Mechanism = (sbyte)ScramMechanism.Sha256, Iterations = 4096, Salt = [1], SaltedPassword = [2] }] };
}
