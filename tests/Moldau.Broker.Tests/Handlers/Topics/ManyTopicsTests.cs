using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Topics;

/// <summary>Admin clients put all that they ask for into one request, however many topics and groups there are.</summary>
public sealed class ManyTopicsTests : IAsyncLifetime
{
    private const int Count = 12_000;

    private KafkaBroker _broker = null!;
    private WireClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions());
        _client = WireClient.To(_broker);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task Thousands_of_topics_are_described_at_once()
    {
        var request = new DescribeTopicPartitionsRequest
        {
            Topics = [.. Names().Select(name => new DescribeTopicPartitionsRequest.TopicRequest { Name = name })],
        };
        var answer = await _client.AskAsync<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>(request, 0);
        Assert.Equal(Count, answer.Topics.Count);
    }

    [Fact]
    public async Task Thousands_of_coordinators_are_found_at_once()
    {
        var answer = await _client.AskAsync<FindCoordinatorRequest, FindCoordinatorResponse>(new() { CoordinatorKeys = [.. Names()] }, 6);
        Assert.Equal(Count, answer.Coordinators.Count);
    }

    [Fact]
    public async Task Thousands_of_settings_of_new_topics_are_judged()
    {
        var request = new CreateTopicsRequest { ValidateOnly = true, TimeoutMs = 10_000 };
        foreach (string name in Names().Take(Count / 4))
        {
            request.Topics.Add(new()
            {
                Name = name,
                NumPartitions = 1,
                ReplicationFactor = 1,
                Configs = [.. new[] { "retention.ms", "segment.ms", "flush.ms" }.Select(key => new CreateTopicsRequest.CreatableTopicConfig { Name = key, Value = "5000" })],
            });
        }
        var answer = await _client.AskAsync<CreateTopicsRequest, CreateTopicsResponse>(request, 7);
        Assert.All(answer.Topics, topic => Assert.Equal(ErrorCode.None, topic.ErrorCode));
    }

    [Fact]
    public async Task What_is_too_much_for_one_change_of_the_metadata_is_refused_as_a_whole()
    {
        var request = new IncrementalAlterConfigsRequest();
        foreach (string group in Enumerable.Range(0, 20_001).Select(index => $"g{index}"))
        {
            request.Resources.Add(new()
            {
                ResourceType = (sbyte)ConfigResourceType.Group,
                ResourceName = group,
                Configs = [new() { Name = "consumer.session.timeout.ms", Value = "46000" }],
            });
        }
        var answer = await _client.AskAsync<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(request, 1);
        Assert.Equal(request.Resources.Count, answer.Responses.Count);
        Assert.All(answer.Responses, resource => Assert.Equal(ErrorCode.PolicyViolation, resource.ErrorCode));
    }

    private static IEnumerable<string> Names() => Enumerable.Range(0, Count).Select(index => $"n{index}");
}
