using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Net;

/// <summary>Members that wait for a rebalance, which may last, have nothing that others need and keep nobody from going.</summary>
public sealed class ParkedMemberTests : IAsyncLifetime
{
    private const short JoinVersion = 3;

    private RunningBroker _broker = null!;

    public async ValueTask InitializeAsync() => _broker = await RunningBroker.StartAsync(new KafkaBrokerOptions(), default);

    public async ValueTask DisposeAsync() => await _broker.StopAsync();

    [Fact]
    public async Task A_parked_join_keeps_no_memory_of_its_large_frame()
    {
        using var parked = await ParkAsync(metadata: new byte[1_000_000]);
        Assert.Equal(_broker.Services.Memory.BytesMax, _broker.Services.Memory.BytesFree);
    }

    [Fact]
    public async Task A_parked_join_is_let_go_with_an_answer_when_the_broker_stops()
    {
        using var parked = await ParkAsync(metadata: []);
        await _broker.StopAsync();
        var answer = await parked.ReceiveAsync<JoinGroupRequest, JoinGroupResponse>(JoinVersion);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, answer.ErrorCode);
    }

    /// <summary>The second member waits for the first, which does not join again.</summary>
    private async Task<WireClient> ParkAsync(byte[] metadata)
    {
        using var leader = Client();
        await leader.AskAsync<JoinGroupRequest, JoinGroupResponse>(Join([]), JoinVersion);
        var parked = Client();
        await parked.SendAsync(Join(metadata), JoinVersion);
        using var other = Client();
        DescribeGroupsResponse described;
        do described = await other.AskAsync<DescribeGroupsRequest, DescribeGroupsResponse>(new() { Groups = ["g"] }, 0);
        while (described.Groups[0].Members.Count < 2);
        return parked;
    }

    private WireClient Client() => new(_broker.Network.AddressOf(_ => true)!);

    private static JoinGroupRequest Join(byte[] metadata) => new()
    {
        GroupId = "g",
        SessionTimeoutMs = 30_000,
        RebalanceTimeoutMs = 60_000,
        ProtocolType = "consumer",
        Protocols = [new() { Name = "range", Metadata = metadata }],
    };
}
