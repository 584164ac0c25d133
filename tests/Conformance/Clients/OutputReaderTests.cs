using System.Diagnostics;
using Confluent.Kafka;
using Moldau.Conformance.Kills;

namespace Moldau.Conformance.Clients;

/// <summary><c>moldau consume</c> in a pipe.</summary>
public sealed class OutputReaderTests(ClientBroker broker)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Consume_ends_when_whoever_reads_its_output_goes_though_nothing_more_comes()
    {
        string topic = await broker.CreateTopicAsync("piped");
        using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap }).Build())
            await producer.ProduceAsync(topic, new() { Value = "the only one" });
        string[] arguments = ["consume", topic, "--from-beginning", "--brokers", broker.Bootstrap];
        using var consume = Process.Start(new ProcessStartInfo(BrokerProcess.Executable, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Assert.Equal("the only one", await consume.StandardOutput.ReadLineAsync().WaitAsync(Patience));

        consume.StandardOutput.Close();

        await consume.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal(0, consume.ExitCode);
    }
}
