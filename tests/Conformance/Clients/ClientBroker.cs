using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Broker;
using Moldau.Conformance.Clients;

[assembly: AssemblyFixture(typeof(ClientBroker))]

namespace Moldau.Conformance.Clients;

/// <summary>One broker on disk that all real clients talk to: PLAINTEXT and SASL_SSL on free ports. Tests keep apart by the names of their topics and groups.</summary>
public sealed class ClientBroker : IAsyncLifetime
{
    public const string User = "alice";
    public const string Password = "alice-secret";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("moldau-clients-");
    private KafkaBroker? _broker;
    private int _names;

    public string Bootstrap => _broker!.BootstrapServers;

    public string SaslBootstrap => _broker!.SaslBootstrapServers!;

    public string CaPath => _broker!.CaCertificatePath!;

    public async ValueTask InitializeAsync()
    {
        var options = new KafkaBrokerOptions { DataDirectory = _directory.FullName, Port = 0, SaslPort = 0 };
        options.Properties["group.initial.rebalance.delay.ms"] = "0";
        options.Properties["offsets.topic.num.partitions"] = "4";
        _broker = await KafkaBroker.StartAsync(options);
        await AddUserAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null) await _broker.DisposeAsync();
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

    public IAdminClient Admin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Bootstrap }).Build();

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

    private async Task AddUserAsync()
    {
        using var admin = Admin();
        await admin.AlterUserScramCredentialsAsync(
            new[] { ScramMechanism.ScramSha256, ScramMechanism.ScramSha512 }.Select(mechanism => new UserScramCredentialUpsertion
            {
                User = User,
                Password = System.Text.Encoding.UTF8.GetBytes(Password),
                ScramCredentialInfo = new ScramCredentialInfo { Mechanism = mechanism, Iterations = 4096 },
            }));
    }
}
