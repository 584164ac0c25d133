using Moldau.Cli.Clients;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Conformance.NewestVersions;

/// <summary>A client that asks in the highest version that the broker serves of each API; no real client goes that far yet.</summary>
internal sealed class NewestClient : IDisposable
{
    private readonly BrokerCall _broker;
    private readonly Dictionary<short, short> _versions;

    private NewestClient(BrokerCall broker, Dictionary<short, short> versions) => (_broker, _versions) = (broker, versions);

    public static async Task<NewestClient> ConnectAsync(string bootstrap)
    {
        string[] parts = bootstrap.Split(':');
        var broker = await BrokerCall.ConnectAsync(new Connection(bootstrap), parts[0], int.Parse(parts[1]), CancellationToken.None);
        var versions = await broker.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new(), version: 0);
        return new NewestClient(broker, versions.ApiKeys.ToDictionary(api => api.ApiKey, api => api.MaxVersion));
    }

    public short VersionOf(ApiKey key) => _versions[(short)key];

    public Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request)
        where TRequest : IRequest<TRequest>
        where TResponse : IMessage<TResponse> => _broker.AskAsync<TRequest, TResponse>(request, VersionOf(TRequest.ApiKey));

    public async Task<Guid> CreateTopicAsync(string name, int partitions = 1)
    {
        var made = await AskAsync<CreateTopicsRequest, CreateTopicsResponse>(
            new() { Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1 }], TimeoutMs = 10_000 });
        Assert.Equal(ErrorCode.None, made.Topics[0].ErrorCode);
        return made.Topics[0].TopicId;
    }

    public void Dispose() => _broker.Dispose();
}
