using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Moldau.Broker;
using Moldau.Conformance.Dialogues;
using Moldau.Coordination.Metadata;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>Moldau on a data directory, with the settings that Kafka had there.</summary>
internal sealed class DirectoryBroker : IAsyncDisposable
{
    private readonly RunningBroker _running;

    private DirectoryBroker(RunningBroker running) => _running = running;

    public ClusterImage Image => _running.Services.Metadata.Image;

    public BrokerServices Services => _running.Services;

    public IPEndPoint Plaintext => EndpointOf(hasSasl: false);

    public IPEndPoint Sasl => EndpointOf(hasSasl: true);

    public static Task<DirectoryBroker> StartAsync(string dataPath, ILoggerFactory? loggers = null, params (string Key, string Value)[] settings) =>
        StartAsync(dataPath, ChosenClock.AfterTheDirectories(), loggers, settings);

    public static async Task<DirectoryBroker> StartAsync(
        string dataPath, ChosenClock clock, ILoggerFactory? loggers = null, params (string Key, string Value)[] settings)
    {
        var options = new KafkaBrokerOptions
        {
            DataDirectory = dataPath,
            TimeProvider = clock,
            LoggerFactory = loggers ?? new DiagnosticLoggers(),
        };
        options.Properties["listeners"] = "PLAINTEXT://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0";
        options.Properties["sasl.enabled.mechanisms"] = "SCRAM-SHA-256,SCRAM-SHA-512";
        options.Properties["log.index.size.max.bytes"] = "65536";
        options.Properties["group.initial.rebalance.delay.ms"] = "0";
        foreach (var (key, value) in settings) options.Properties[key] = value;
        return new DirectoryBroker(await RunningBroker.StartAsync(options, CancellationToken.None));
    }

    /// <summary>A connection whose answers have record bytes in base64.</summary>
    public Task<DialogueConnection> ConnectAsync() => DialogueConnection.OpenAsync(Plaintext, bytes => JsonValue.Create(Convert.ToBase64String(bytes)));

    public async ValueTask DisposeAsync() => await _running.StopAsync();

    private IPEndPoint EndpointOf(bool hasSasl) => IPEndPoint.Parse(_running.Network.AddressOf(listener => listener.HasSasl == hasSasl)!);
}
