using System.Text;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Conformance.NewestVersions;

/// <summary>A member of a classic group. What it is assigned is a text: the numbers of partitions of one topic.</summary>
internal sealed class NewestMember(NewestClient client, string group, string? instance) : NewestGroupMember(client, group, instance)
{
    private const int HeartbeatsMax = 10_000;

    public int Generation => GenerationOrEpoch;

    public int[] Assigned { get; private set; } = [];

    /// <summary>Whether it came to lead the group without having to deal out the partitions, which have their members.</summary>
    public bool HasSkippedAssignment { get; private set; }

    public static async Task<NewestMember> ConnectAsync(string bootstrap, string group, string? instance = null) =>
        new(await NewestClient.ConnectAsync(bootstrap), group, instance);

    /// <summary>Joins and gets its part; the leader deals the partitions out, one by one.</summary>
    public async Task JoinAsync(int partitions)
    {
        var joined = await JoinOnceAsync();
        if (joined.ErrorCode == ErrorCode.MemberIdRequired)
        {
            Id = joined.MemberId;
            joined = await JoinOnceAsync();
        }
        Assert.Equal(ErrorCode.None, joined.ErrorCode);
        (Id, GenerationOrEpoch, HasSkippedAssignment) = (joined.MemberId, joined.GenerationId, joined.SkipAssignment);
        var synced = await Client.AskAsync<SyncGroupRequest, SyncGroupResponse>(new()
        {
            GroupId = Group,
            MemberId = Id,
            GroupInstanceId = Instance,
            GenerationId = Generation,
            ProtocolType = "consumer",
            ProtocolName = "dealt",
            Assignments = joined.Leader == Id && !joined.SkipAssignment ? Deal(joined.Members, partitions) : [],
        });
        Assert.Equal(ErrorCode.None, synced.ErrorCode);
        Assigned = [.. Encoding.UTF8.GetString(synced.Assignment).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
    }

    public async Task<ErrorCode> HeartbeatAsync() => (await Client.AskAsync<HeartbeatRequest, HeartbeatResponse>(
        new() { GroupId = Group, MemberId = Id, GroupInstanceId = Instance, GenerationId = Generation })).ErrorCode;

    /// <summary>Heartbeats until the group asks for another join, as clients do; it does so when another's request has come in.</summary>
    public async Task AwaitRebalanceAsync()
    {
        var error = ErrorCode.None;
        for (int sent = 0; sent < HeartbeatsMax && error == ErrorCode.None; sent++) error = await HeartbeatAsync();
        Assert.Equal(ErrorCode.RebalanceInProgress, error);
    }

    public async Task LeaveAsync() => Assert.Equal([ErrorCode.None], await RemoveAsync(new LeaveGroupRequest.MemberIdentity { MemberId = Id, Reason = "it is done" }));

    /// <summary>Takes members out of the group, as an admin may do with any of them.</summary>
    public async Task<IEnumerable<ErrorCode>> RemoveAsync(params LeaveGroupRequest.MemberIdentity[] members)
    {
        var left = await Client.AskAsync<LeaveGroupRequest, LeaveGroupResponse>(new() { GroupId = Group, Members = [.. members] });
        Assert.Equal(ErrorCode.None, left.ErrorCode);
        return left.Members.Select(member => member.ErrorCode);
    }

    private Task<JoinGroupResponse> JoinOnceAsync() => Client.AskAsync<JoinGroupRequest, JoinGroupResponse>(new()
    {
        GroupId = Group,
        MemberId = Id,
        GroupInstanceId = Instance,
        SessionTimeoutMs = 30_000,
        RebalanceTimeoutMs = 30_000,
        ProtocolType = "consumer",
        Protocols = [new() { Name = "dealt", Metadata = [] }],
        Reason = "it is told to",
    });

    private static List<SyncGroupRequest.SyncGroupRequestAssignment> Deal(List<JoinGroupResponse.JoinGroupResponseMember> members, int partitions) =>
        members.Select((member, place) => new SyncGroupRequest.SyncGroupRequestAssignment
        {
            MemberId = member.MemberId,
            Assignment = Encoding.UTF8.GetBytes(string.Join(',', Enumerable.Range(0, partitions).Where(index => index % members.Count == place))),
        }).ToList();
}
