namespace Moldau.Conformance.Clients;

/// <summary>kcat, on the librdkafka of the system.</summary>
public sealed class KcatTests(ClientBroker broker)
{
    private static readonly string Input = string.Concat(Enumerable.Range(0, 200).Select(i => $"k{i}:line {i}\n"));

    private static IEnumerable<string> Expected => Enumerable.Range(0, 200).Select(i => $"{i} k{i} line {i}");

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task Lines_that_were_piped_in_come_out_again(string codec)
    {
        ClientProgram.Kcat.SkipIfMissing();
        string topic = await broker.CreateTopicAsync($"kcat-{codec}");
        await ClientProgram.Kcat.RunAsync(["-b", broker.Bootstrap, "-P", "-t", topic, "-K", ":", "-z", codec, "-X", "acks=all"], Input);
        var read = await ClientProgram.Kcat.RunAsync(["-b", broker.Bootstrap, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%o %k %s\n"]);
        Assert.Equal(Expected, read.Lines);
    }

    [Fact]
    public async Task A_group_reads_all_and_its_next_member_nothing_more()
    {
        ClientProgram.Kcat.SkipIfMissing();
        string topic = await broker.CreateTopicAsync("kcat-group", partitions: 1);
        string group = broker.NewName("kcat");
        await ClientProgram.Kcat.RunAsync(["-b", broker.Bootstrap, "-P", "-t", topic, "-K", ":"], Input);
        string[] consume = ["-b", broker.Bootstrap, "-G", group, "-X", "auto.offset.reset=earliest", "-q", "-e", "-f", "%o %k %s\n", topic];
        Assert.Equal(Expected, (await ClientProgram.Kcat.RunAsync(consume)).Lines);
        Assert.Empty((await ClientProgram.Kcat.RunAsync(consume)).Lines);
    }

    [Fact]
    public async Task Metadata_lists_the_broker_and_the_topic()
    {
        ClientProgram.Kcat.SkipIfMissing();
        string topic = await broker.CreateTopicAsync("kcat-metadata", partitions: 3);
        var listed = await ClientProgram.Kcat.RunAsync(["-b", broker.Bootstrap, "-L", "-t", topic]);
        Assert.Contains($"broker 1 at {broker.Bootstrap}", listed.Output, StringComparison.Ordinal);
        Assert.Contains($"topic \"{topic}\" with 3 partitions", listed.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-512")]
    public async Task A_user_logs_in_over_tls(string mechanism)
    {
        ClientProgram.Kcat.SkipIfMissing();
        string topic = await broker.CreateTopicAsync("kcat-login");
        string[] login =
        [
            "-b", broker.SaslBootstrap, "-X", "security.protocol=SASL_SSL", "-X", $"sasl.mechanisms={mechanism}", "-X", $"sasl.username={ClientBroker.User}",
            "-X", $"sasl.password={ClientBroker.Password}", "-X", $"ssl.ca.location={broker.CaPath}",
        ];
        await ClientProgram.Kcat.RunAsync([.. login, "-P", "-t", topic, "-K", ":"], Input);
        var read = await ClientProgram.Kcat.RunAsync([.. login, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%o %k %s\n"]);
        Assert.Equal(Expected, read.Lines);
    }
}
