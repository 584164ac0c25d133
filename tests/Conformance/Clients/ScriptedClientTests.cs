using System.Text.Json.Nodes;

namespace Moldau.Conformance.Clients;

/// <summary>What every client with a script of its own must do: the scripts take the same arguments and print the same lines.</summary>
public abstract class ScriptedClientTests(ClientBroker broker)
{
    private const int Records = 200;

    private static IEnumerable<string> Expected => Enumerable.Range(0, Records).Select(i => $"{i} k{i} line {i}");

    private protected abstract ClientProgram Program { get; }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    public async Task What_was_produced_is_consumed(string codec)
    {
        Program.SkipIfMissing();
        string topic = await broker.CreateTopicAsync($"scripted-{codec}");
        var produced = await Program.RunAsync(["produce", Settings(codec), topic, $"{Records}"]);
        Assert.Equal($"delivered {Records}", produced.Lines[^1]);
        Assert.Equal(Expected, await ConsumeAsync(topic, Records));
    }

    [Fact]
    public async Task A_group_resumes_where_it_stopped()
    {
        Program.SkipIfMissing();
        string topic = await broker.CreateTopicAsync("scripted-resume");
        string group = broker.NewName("scripted");
        await Program.RunAsync(["produce", Settings(), topic, $"{Records}"]);
        Assert.Equal(Expected.Take(50), await ConsumeAsync(topic, 50, group));
        Assert.Equal(Expected.Skip(50), await ConsumeAsync(topic, Records - 50, group));
    }

    [Fact]
    public async Task A_user_logs_in_over_tls()
    {
        Program.SkipIfMissing();
        string topic = await broker.CreateTopicAsync("scripted-login");
        string settings = new JsonObject
        {
            ["bootstrap"] = broker.SaslBootstrap,
            ["mechanism"] = "SCRAM-SHA-256",
            ["username"] = ClientBroker.User,
            ["password"] = ClientBroker.Password,
            ["ca"] = broker.CaPath,
        }.ToJsonString();
        await Program.RunAsync(["produce", settings, topic, $"{Records}"]);
        var read = await Program.RunAsync(["consume", settings, topic, $"{Records}", broker.NewName("scripted")]);
        Assert.Equal(Expected, read.Lines);
    }

    private string Settings(string codec = "none") => new JsonObject { ["bootstrap"] = broker.Bootstrap, ["codec"] = codec }.ToJsonString();

    private async Task<string[]> ConsumeAsync(string topic, int count, string? group = null) =>
        (await Program.RunAsync(["consume", Settings(), topic, $"{count}", group ?? broker.NewName("scripted")])).Lines;
}

/// <summary>confluent_kafka for Python, on the librdkafka of the system.</summary>
public sealed class PythonConfluentKafkaTests(ClientBroker broker) : ScriptedClientTests(broker)
{
    private protected override ClientProgram Program => ClientProgram.PythonConfluentKafka;
}

/// <summary>kafka-python: no line of code in common with librdkafka.</summary>
public sealed class PythonKafkaTests(ClientBroker broker) : ScriptedClientTests(broker)
{
    private protected override ClientProgram Program => ClientProgram.PythonKafka;
}

/// <summary>kafkajs for Node.js.</summary>
public sealed class KafkajsTests(ClientBroker broker) : ScriptedClientTests(broker)
{
    private protected override ClientProgram Program => ClientProgram.Kafkajs;
}
