using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Broker;
using Moldau.Conformance.Clients;

[assembly: AssemblyFixture(typeof(ClientBroker))]

namespace Moldau.Conformance.Clients;

/// <summary>
/// One broker on disk that all real clients talk to, started by the first of them: PLAINTEXT and SASL_SSL on free ports. Tests keep apart by
/// the names of their topics and groups.
/// </summary>
public sealed class ClientBroker : IAsyncDisposable
{
    public const string User = "alice";
    public const string Password = "alice-secret";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("moldau-clients-");
    private readonly Lazy<KafkaBroker> _broker;
    private int _names;

    public ClientBroker() => _broker = new Lazy<KafkaBroker>(() => StartAsync().GetAwaiter().GetResult());

    public string Bootstrap => _broker.Value.BootstrapServers;

    public string SaslBootstrap => _broker.Value.SaslBootstrapServers!;

    public string CaPath => _broker.Value.CaCertificatePath!;

    public async ValueTask DisposeAsync()
    {
        if (_broker.IsValueCreated) await _broker.Value.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    /// <summary>A name that no other test has.</summary>
    public string NewName(string stem) => $"{stem}-{Interlocked.Increment(ref _names)}";

    public async Task<string> CreateTopicAsync(string stem, int partitions = 1)
    {
        string topic = NewName(stem);
        using var admin = Admin();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = 1 }]);
        return topic;
    }

    public IAdminClient Admin() => AdminOf(Bootstrap);

    /// <summary>The settings of a client that logs in over TLS.</summary>
    public ClientConfig Secure(SaslMechanism mechanism, string password = Password) => new()
    {
        BootstrapServers = SaslBootstrap,
        SecurityProtocol = SecurityProtocol.SaslSsl,
        SslCaLocation = CaPath,
        SaslMechanism = mechanism,
        SaslUsername = User,
        SaslPassword = password,
    };

    private async Task<KafkaBroker> StartAsync()
    {
        var options = new KafkaBrokerOptions { DataDirectory = _directory.FullName, Port = 0, SaslPort = 0 };
        options.Properties["group.initial.rebalance.delay.ms"] = "0";
        options.Properties["offsets.topic.num.partitions"] = "4";
        options.Properties["group.consumer.min.heartbeat.interval.ms"] = "500";
        options.Properties["group.consumer.heartbeat.interval.ms"] = "500";
        var broker = await KafkaBroker.StartAsync(options);
        using var admin = AdminOf(broker.BootstrapServers);
        foreach (var mechanism in new[] { ScramMechanism.ScramSha256, ScramMechanism.ScramSha512 }) await AddUserAsync(admin, mechanism);
        return broker;
    }

    private static IAdminClient AdminOf(string bootstrap) => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap }).Build();

    /// <summary>One mechanism a request: Kafka refuses two changes of one user in one.</summary>
    private static Task AddUserAsync(IAdminClient admin, ScramMechanism mechanism) => admin.AlterUserScramCredentialsAsync(
    [
        new UserScramCredentialUpsertion
        {
            User = User,
            Password = System.Text.Encoding.UTF8.GetBytes(Password),
            ScramCredentialInfo = new ScramCredentialInfo { Mechanism = mechanism, Iterations = 4096 },
        },
    ]);
}
