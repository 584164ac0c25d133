using System.Text.Json.Nodes;
using Moldau.Conformance.Dialogues;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>Moldau opens what Apache Kafka wrote, and tells its clients what Kafka told them.</summary>
public sealed class KafkaDirectoryTests
{
    private const short SaslHandshake = 17, SaslAuthenticate = 36;

    [Theory]
    [InlineData("clean")]
    [InlineData("killed")]
    [InlineData("damaged")]
    public async Task Clients_are_told_what_Kafka_told_them(string name)
    {
        using var directory = KafkaDirectory.Unpack(name);
        var clock = name == "killed" ? ChosenClock.AfterTheKill() : ChosenClock.AfterTheDirectories();
        await using var broker = await DirectoryBroker.StartAsync(directory.DataPath, clock);
        using var client = await broker.ConnectAsync();
        var expected = Expectation.Of(name);
        await new TellingBroker(client).MarkersWrittenAsync();

        var told = await new TellingBroker(client).TellAsync();

        if (name == "damaged") Expectation.TakeMarkersTime(expected, told);
        Assert.Empty(ToldDifferences.Between(expected, told));
    }

    [Theory]
    [InlineData("clean", "admin", "SCRAM-SHA-256", 4096, "admin-secret")]
    [InlineData("clean", "alice", "SCRAM-SHA-256", 4096, "alice-secret")]
    [InlineData("clean", "alice", "SCRAM-SHA-512", 8192, "alice-secret")]
    [InlineData("clean", "bob", "SCRAM-SHA-256", 4096, "bób pass")]
    [InlineData("killed", "admin", "SCRAM-SHA-256", 4096, "admin-secret")]
    [InlineData("damaged", "bob", "SCRAM-SHA-256", 4096, "bób pass")]
    public async Task Users_log_in_with_their_passwords(string name, string user, string mechanism, int iterations, string password)
    {
        using var directory = KafkaDirectory.Unpack(name);
        await using var broker = await DirectoryBroker.StartAsync(directory.DataPath);
        using var client = await DialogueConnection.OpenAsync(broker.Sasl);
        var exchange = new ScramExchange();
        byte[] clientFirst = System.Text.Encoding.UTF8.GetBytes($"n,,n={user},r=fyko+d2lbbFgONRv9qkxdawL");
        exchange.NoteClientFirst(clientFirst);

        Assert.Equal(0, (await client.AskAsync(SaslHandshake, 1, new JsonObject { ["mechanism"] = mechanism }))["errorCode"]!.GetValue<long>());
        var serverFirst = await AuthenticateAsync(client, Convert.ToBase64String(clientFirst));
        Assert.Null(exchange.NoteServerFirst(serverFirst, iterations.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        var serverFinal = await AuthenticateAsync(client, exchange.ClientFinal(mechanism, password));

        Assert.Null(exchange.CheckServerFinal(serverFinal));
    }

    private static async Task<byte[]> AuthenticateAsync(DialogueConnection client, string bytes)
    {
        var answer = await client.AskAsync(SaslAuthenticate, 2, new JsonObject { ["authBytes"] = bytes });
        Assert.True(answer["errorCode"]!.GetValue<long>() == 0, $"{answer["errorMessage"]}");
        return Convert.FromBase64String(answer["authBytes"]!.GetValue<string>());
    }
}
