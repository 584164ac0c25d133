using System.Net;
using Moldau.Broker;

namespace Moldau.Conformance.Clients;

/// <summary>A broker with short intervals for groups, which can be stopped and started again on its directory and its port.</summary>
public sealed class GroupBroker : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("moldau-consumers-");
    private KafkaBroker? _broker;
    private int _port;

    public string Bootstrap => $"127.0.0.1:{_port}";

    public ValueTask InitializeAsync() => StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _broker!.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    public async Task RestartAsync()
    {
        await _broker!.DisposeAsync();
        await StartAsync();
    }

    private async ValueTask StartAsync()
    {
        var options = new KafkaBrokerOptions { DataDirectory = _directory.FullName, Port = _port };
        foreach (string line in new[]
        {
            "group.initial.rebalance.delay.ms=0",
            "offsets.topic.num.partitions=2",
            "group.consumer.min.heartbeat.interval.ms=200",
            "group.consumer.heartbeat.interval.ms=200",
            "group.consumer.min.session.timeout.ms=2000",
            "group.consumer.session.timeout.ms=8000",
            "group.consumer.assignment.interval.ms=0",
        })
        {
            string[] parts = line.Split('=');
            options.Properties[parts[0]] = parts[1];
        }
        _broker = await KafkaBroker.StartAsync(options);
        _port = IPEndPoint.Parse(_broker.BootstrapServers).Port;
    }
}
