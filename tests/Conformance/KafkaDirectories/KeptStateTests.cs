using System.Text.Json.Nodes;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>What a directory holds and Moldau does not act on yet is kept, also by the snapshots that Moldau writes, and said at the start.</summary>
public sealed class KeptStateTests
{
    [Theory]
    [InlineData("clean")]
    [InlineData("killed")]
    [InlineData("damaged")]
    public async Task Access_control_quotas_and_settings_are_as_Kafka_told_them(string name)
    {
        using var directory = KafkaDirectory.Unpack(name);
        var expected = ToldByKafka(name);
        await using (var broker = await DirectoryBroker.StartAsync(directory.DataPath)) Assert.Empty(ToldDifferences.Between(expected, KeptState.Of(broker)));
        // The log removes a SCRAM user, so the stop has left a snapshot, and this start reads it.
        Assert.Equal(2, Directory.GetFiles(directory.MetadataPath, "*.checkpoint").Length);

        await using var again = await DirectoryBroker.StartAsync(directory.DataPath);

        Assert.Empty(ToldDifferences.Between(expected, KeptState.Of(again)));
    }

    [Fact]
    public async Task A_delegation_token_is_kept_in_the_log_and_in_a_snapshot()
    {
        using var directory = KafkaDirectory.Unpack("clean");
        string first, second;
        await using (var broker = await DirectoryBroker.StartAsync(directory.DataPath)) first = Token(broker);
        await using (var again = await DirectoryBroker.StartAsync(directory.DataPath)) second = Token(again);

        Assert.Equal("User:alice by User:alice, renewed by [User:bob], 1795592896368 1796197696368 1795679296368 Iz5m8hXvRUOUpQ3yDRiMlg", first);
        Assert.Equal(first, second);
    }

    [Fact]
    public async Task The_start_says_what_is_kept_and_not_acted_on()
    {
        using var directory = KafkaDirectory.Unpack("clean");
        using var warnings = new Warnings();

        await using var broker = await DirectoryBroker.StartAsync(directory.DataPath, warnings);

        Assert.Contains(warnings.Texts, text => text.Contains("6 access control entries (ACLs): they are kept and not enforced", StringComparison.Ordinal));
        Assert.Contains(warnings.Texts, text => text.Contains("5 client quotas: they are kept and not enforced", StringComparison.Ordinal));
        Assert.Contains(warnings.Texts, text => text.Contains("1 delegation tokens: they are kept, and nobody can log in", StringComparison.Ordinal));
        // All settings that its groups have are obeyed.
        Assert.DoesNotContain(warnings.Texts, text => text.Contains("groups have settings of their own", StringComparison.Ordinal));
        Assert.Contains(warnings.Texts, text => text.Contains("1 subscriptions to client metrics", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_start_says_which_directories_are_set_aside()
    {
        using var directory = KafkaDirectory.Unpack("damaged");
        using var warnings = new Warnings();

        await using var broker = await DirectoryBroker.StartAsync(directory.DataPath, warnings);

        // Its partition.metadata is missing: nobody can say which topic it belongs to.
        Assert.Contains(warnings.Texts, text => text.Contains("are set aside", StringComparison.Ordinal) && text.Contains(": trimmed-0.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_new_directory_gives_nothing_to_say()
    {
        var data = Directory.CreateTempSubdirectory("moldau-new-directory-");
        using var warnings = new Warnings();
        await using (await DirectoryBroker.StartAsync(data.FullName, warnings)) Assert.DoesNotContain(warnings.Texts, text => text.Contains("are kept", StringComparison.Ordinal));
        data.Delete(recursive: true);
    }

    private static string Token(DirectoryBroker broker)
    {
        var token = Assert.Single(broker.Image.DelegationTokens).Value;
        string times = $"{token.IssueTimestamp} {token.MaxTimestamp} {token.ExpirationTimestamp}";
        return $"{token.Owner} by {token.Requester}, renewed by [{string.Join(", ", token.Renewers)}], {times} {token.TokenId}";
    }

    private static JsonObject ToldByKafka(string name)
    {
        var told = KafkaDirectory.ToldByKafka(name);
        string[] kept = ["acls", "quotas", "otherConfigs"];
        return new(kept.Select(part => KeyValuePair.Create(part, told[part]?.DeepClone())));
    }
}
