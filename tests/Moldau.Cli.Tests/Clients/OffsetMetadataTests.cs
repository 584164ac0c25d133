using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Tests.Clients;

public class OffsetMetadataTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void The_packaged_client_library_is_the_one_in_use()
    {
        NativeClient.EnsureLoaded();
        Assert.StartsWith("2.16.", Library.VersionString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_offset_and_its_text_come_back_together()
    {
        await using var broker = await TestBroker.WithTopicAsync("numbers", partitions: 2);
        var config = new ConsumerConfig(broker.Connection.ToConfig()) { GroupId = "g" };
        using var consumer = new ConsumerBuilder<Ignore, string>(config).SetLogHandler((_, _) => { }).Build();
        Assert.Equal(
            [new CommittedPosition(0, null, ""), new CommittedPosition(1, null, "")],
            OffsetMetadata.Committed(consumer, "numbers", [0, 1], Patience));

        OffsetMetadata.Commit(consumer, "numbers", [new CommittedPosition(0, 17, "ž 1 2"), new CommittedPosition(1, 3, "")], Patience);

        Assert.Equal(
            [new CommittedPosition(0, 17, "ž 1 2"), new CommittedPosition(1, 3, "")],
            OffsetMetadata.Committed(consumer, "numbers", [0, 1], Patience));
    }
}
