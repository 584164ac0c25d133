using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Moldau.Broker;

namespace Moldau.Conformance.Dialogues;

/// <summary>A fresh broker with the settings and users that the dialogues were recorded with.</summary>
internal sealed class MainBroker : IAsyncDisposable
{
    private static readonly (string User, string Password, long Mechanism, long Iterations)[] Users =
    [
        ("alice", "alice-secret", 1, 4096),
        ("alice", "alice-secret", 2, 4096),
        ("admin", "admin-secret", 1, 8192),
    ];

    private readonly KafkaBroker _broker;
    private readonly DirectoryInfo _directory;

    private MainBroker(KafkaBroker broker, DirectoryInfo directory)
    {
        _broker = broker;
        _directory = directory;
        Listeners = new Dictionary<string, IPEndPoint>
        {
            ["PLAINTEXT"] = IPEndPoint.Parse(broker.BootstrapServers),
            ["SASL_PLAINTEXT"] = IPEndPoint.Parse(broker.SaslBootstrapServers!),
        };
    }

    public IReadOnlyDictionary<string, IPEndPoint> Listeners { get; }

    public static async Task<MainBroker> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("moldau-dialogues-");
        var options = new KafkaBrokerOptions { DataDirectory = directory.FullName, Port = null, LoggerFactory = new DiagnosticLoggers() };
        foreach (var (key, value) in DialogueFiles.MainProperties()) options.Properties[key] = value;
        var started = new MainBroker(await KafkaBroker.StartAsync(options), directory);
        using var client = await DialogueConnection.OpenAsync(started.Listeners["PLAINTEXT"]);
        foreach (var user in Users) await AddUserAsync(client, user);
        await FindCoordinatorAsync(client, type: 0, "warm");
        await FindCoordinatorAsync(client, type: 1, "warm");
        await FindCoordinatorAsync(client, type: 2, "warm:AAAAAAAAAAAAAAAAAAAAAQ:0");
        return started;
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static async Task AddUserAsync(DialogueConnection client, (string User, string Password, long Mechanism, long Iterations) user)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(32);
        var hash = user.Mechanism == 1 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512;
        var upsertion = new JsonObject
        {
            ["name"] = user.User,
            ["mechanism"] = user.Mechanism,
            ["iterations"] = user.Iterations,
            ["salt"] = Convert.ToBase64String(salt),
            ["saltedPassword"] = Convert.ToBase64String(ScramExchange.SaltedPassword(hash, user.Password, salt, (int)user.Iterations)),
        };
        var answer = await client.AskAsync(51, 0, new JsonObject { ["deletions"] = new JsonArray(), ["upsertions"] = new JsonArray(upsertion) });
        Assert.Equal(0, answer["results"]![0]!["errorCode"]!.GetValue<long>());
    }

    /// <summary>The recorded broker had been asked for a coordinator of each kind before: its internal topics were there.</summary>
    private static async Task FindCoordinatorAsync(DialogueConnection client, long type, string key)
    {
        const int attemptsMax = 100;
        for (int attempt = 0; attempt < attemptsMax; attempt++)
        {
            var answer = await client.AskAsync(10, 6, new JsonObject { ["keyType"] = type, ["coordinatorKeys"] = new JsonArray(key) });
            if (answer["coordinators"]![0]!["errorCode"]!.GetValue<long>() == 0) return;
            await Task.Delay(100);
        }
        Assert.Fail($"The broker gives no coordinator of type {type}.");
    }
}
