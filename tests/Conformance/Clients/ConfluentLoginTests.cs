using Confluent.Kafka;

namespace Moldau.Conformance.Clients;

public sealed class ConfluentLoginTests(ClientBroker broker)
{
    [Theory]
    [InlineData(SaslMechanism.ScramSha256)]
    [InlineData(SaslMechanism.ScramSha512)]
    [InlineData(SaslMechanism.Plain)]
    public async Task A_user_logs_in_over_tls_and_writes_and_reads(SaslMechanism mechanism)
    {
        string topic = await broker.CreateTopicAsync($"login-{mechanism}");
        using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig(broker.Secure(mechanism)) { Acks = Acks.All }).Build())
        {
            for (int i = 0; i < 20; i++) await producer.ProduceAsync(topic, new() { Value = $"secret {i}" });
        }
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"secret {i}"), TopicReader.ReadAll(broker.Secure(mechanism), topic).Select(record => record.Message.Value));
    }

    [Theory]
    [InlineData(SaslMechanism.ScramSha256)]
    [InlineData(SaslMechanism.ScramSha512)]
    [InlineData(SaslMechanism.Plain)]
    public async Task A_refused_login_does_not_say_which_half_was_wrong(SaslMechanism mechanism)
    {
        string wrongPassword = await RefusalAsync(broker.Secure(mechanism, password: "wrong"));
        string unknownUser = await RefusalAsync(new ClientConfig(broker.Secure(mechanism)) { SaslUsername = "nobody" });
        Assert.Equal(wrongPassword, unknownUser);
        Assert.NotEmpty(wrongPassword);
    }

    [Fact]
    public void A_client_that_does_not_know_the_authority_does_not_connect()
    {
        var config = new AdminClientConfig(broker.Secure(SaslMechanism.ScramSha256)) { SslCaLocation = null };
        using var client = new AdminClientBuilder(config).SetLogHandler((_, _) => { }).Build();
        Assert.Throws<KafkaException>(() => client.GetMetadata(TimeSpan.FromSeconds(3)));
    }

    /// <summary>The broker's words, which librdkafka shows followed by how long the connection had been in which state.</summary>
    private static async Task<string> RefusalAsync(ClientConfig config)
    {
        var refused = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var client = new AdminClientBuilder(new AdminClientConfig(config))
            .SetErrorHandler((_, error) =>
            {
                if (error.Code == Confluent.Kafka.ErrorCode.Local_Authentication) refused.TrySetResult(error.Reason);
            })
            .SetLogHandler((_, _) => { })
            .Build();
        Assert.Throws<KafkaException>(() => client.GetMetadata(TimeSpan.FromSeconds(3)));
        string reason = await refused.Task.WaitAsync(TimeSpan.FromSeconds(30));
        return reason.Split(" (after ")[0];
    }
}
