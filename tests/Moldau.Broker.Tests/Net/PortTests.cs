using System.Net.Sockets;

namespace Moldau.Broker.Tests.Net;

public class PortTests
{
    [Fact]
    public async Task A_port_that_another_broker_has_is_refused()
    {
        await using var first = await KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = 0 });
        int taken = int.Parse(first.BootstrapServers.Split(':')[^1], System.Globalization.CultureInfo.InvariantCulture);
        await Assert.ThrowsAnyAsync<IOException>(() => KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = taken }));
    }

    [Fact]
    public async Task One_port_for_two_listeners_is_refused_by_name()
    {
        int port;
        await using (var first = await KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = 0 }))
            port = int.Parse(first.BootstrapServers.Split(':')[^1], System.Globalization.CultureInfo.InvariantCulture);
        var refused = await Assert.ThrowsAsync<IOException>(() => KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = port, SaslPort = port }));
        Assert.Contains($"SASL_SSL cannot be opened on 127.0.0.1:{port}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_broker_leaves_its_port_to_the_next_at_once()
    {
        int port;
        await using (var first = await KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = 0 }))
        {
            port = int.Parse(first.BootstrapServers.Split(':')[^1], System.Globalization.CultureInfo.InvariantCulture);
            using var client = new TcpClient("127.0.0.1", port);
        }

        await using var next = await KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = port });
        Assert.Equal($"127.0.0.1:{port}", next.BootstrapServers);
    }
}
