using System.Reflection;
using Moldau.Broker;
using Moldau.Conformance.Clients;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Conformance.NewestVersions;

/// <summary>Every API that is served is driven in its newest version: by a real client, or by the one of these tests.</summary>
public sealed class NewestVersionsTests(ClientBroker broker)
{
    [Fact]
    public void What_no_real_client_sends_is_driven_by_a_test_of_its_own()
    {
        var left = Apis.Served.Where(api => !RealClients.Newest.TryGetValue(api.Key, out short sent) || sent < api.Max).Select(api => api.Key);
        var driven = typeof(NewestVersionsTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .SelectMany(test => test.GetCustomAttribute<DrivesAttribute>()?.Apis ?? []);
        Assert.Empty(left.Except(driven));
    }

    [Fact]
    public void Real_clients_send_nothing_that_is_not_served()
    {
        var versions = Apis.Served.ToDictionary(api => api.Key);
        Assert.All(RealClients.Newest, sent => Assert.True(versions[sent.Key].Serves(sent.Value), $"{sent.Key} {sent.Value}"));
    }

    [Fact]
    [Drives(ApiKey.ApiVersions)]
    public async Task The_versions_that_are_announced_are_those_that_are_served()
    {
        using var client = await NewestClient.ConnectAsync(broker.Bootstrap);
        var cluster = await client.AskAsync<DescribeClusterRequest, DescribeClusterResponse>(new());
        var announced = await AskAsync(cluster.ClusterId, cluster.Brokers[0].BrokerId);
        Assert.Equal(
            Apis.Served.Where(api => api.IsAnnounced).Select(api => (api.Key, api.Max)).Order(),
            announced.ApiKeys.Select(api => ((ApiKey)api.ApiKey, api.MaxVersion)));
        // Whoever has reached another node than he believed looks for it anew.
        Assert.Equal(ErrorCode.RebootstrapRequired, (await AskAsync(cluster.ClusterId, cluster.Brokers[0].BrokerId + 1)).ErrorCode);

        Task<ApiVersionsResponse> AskAsync(string clusterId, int nodeId) => client.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(
            new() { ClientSoftwareName = "newest", ClientSoftwareVersion = "1", ClusterId = clusterId, NodeId = nodeId });
    }
}
