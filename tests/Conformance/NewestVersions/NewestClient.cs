using Moldau.Broker;
using Moldau.Cli.Clients;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Conformance.NewestVersions;

/// <summary>A client that asks in the highest version that the broker serves of each API; no real client goes that far yet.</summary>
internal sealed class NewestClient : IDisposable
{
    private static readonly Dictionary<ApiKey, short> Newest = Apis.Served.ToDictionary(api => api.Key, api => api.Max);

    private readonly BrokerCall _broker;

    private NewestClient(BrokerCall broker) => _broker = broker;

    public static async Task<NewestClient> ConnectAsync(string bootstrap)
    {
        string[] parts = bootstrap.Split(':');
        return new NewestClient(await BrokerCall.ConnectAsync(new Connection(bootstrap), parts[0], int.Parse(parts[1]), CancellationToken.None));
    }

    public static short VersionOf(ApiKey key) => Newest[key];

    public Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request)
        where TRequest : IRequest<TRequest>
        where TResponse : IMessage<TResponse> => AskAsync<TRequest, TResponse>(request, VersionOf(TRequest.ApiKey));

    /// <summary>Asks as an older client does.</summary>
    public Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : IRequest<TRequest>
        where TResponse : IMessage<TResponse>
    {
        if (version == VersionOf(TRequest.ApiKey)) AskedApis.Note(TRequest.ApiKey);
        return _broker.AskAsync<TRequest, TResponse>(request, version);
    }

    /// <summary>Settings of a group, such as that an assignment need not stand for a while before the next is made.</summary>
    public async Task ConfigureGroupAsync(string group, params (string Name, string Value)[] settings)
    {
        const sbyte GroupResource = 32;
        var configured = await AskAsync<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(new()
        {
            Resources =
            [
                new()
                {
                    ResourceType = GroupResource,
                    ResourceName = group,
                    Configs = [.. settings.Select(setting => new IncrementalAlterConfigsRequest.AlterableConfig { Name = setting.Name, Value = setting.Value })],
                },
            ],
        });
        Assert.Equal((ErrorCode.None, null), (configured.Responses[0].ErrorCode, configured.Responses[0].ErrorMessage));
    }

    public void Dispose() => _broker.Dispose();
}
