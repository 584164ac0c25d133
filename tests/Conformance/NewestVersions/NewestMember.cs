using System.Text;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Conformance.NewestVersions;

/// <summary>A member of a classic group, on a connection of its own. What it is assigned is a text: the numbers of partitions of one topic.</summary>
internal sealed class NewestMember(NewestClient client, string group) : IDisposable
{
    private const int HeartbeatsMax = 10_000;

    public string Id { get; private set; } = "";

    public int Generation { get; private set; } = -1;

    public int[] Assigned { get; private set; } = [];

    public NewestClient Client => client;

    public static async Task<NewestMember> ConnectAsync(string bootstrap, string group) => new(await NewestClient.ConnectAsync(bootstrap), group);

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
        (Id, Generation) = (joined.MemberId, joined.GenerationId);
        var synced = await client.AskAsync<SyncGroupRequest, SyncGroupResponse>(new()
        {
            GroupId = group,
            MemberId = Id,
            GenerationId = Generation,
            ProtocolType = "consumer",
            ProtocolName = "dealt",
            Assignments = joined.Leader == Id ? Deal(joined.Members, partitions) : [],
        });
        Assert.Equal(ErrorCode.None, synced.ErrorCode);
        Assigned = [.. Encoding.UTF8.GetString(synced.Assignment).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
    }

    public async Task<ErrorCode> HeartbeatAsync() => (await client.AskAsync<HeartbeatRequest, HeartbeatResponse>(
        new() { GroupId = group, MemberId = Id, GenerationId = Generation })).ErrorCode;

    /// <summary>Heartbeats until the group asks for another join, as clients do; it does so when another's request has come in.</summary>
    public async Task AwaitRebalanceAsync()
    {
        var error = ErrorCode.None;
        for (int sent = 0; sent < HeartbeatsMax && error == ErrorCode.None; sent++) error = await HeartbeatAsync();
        Assert.Equal(ErrorCode.RebalanceInProgress, error);
    }

    public async Task<ErrorCode> CommitAsync(Guid topic, int partition, long offset) =>
        (await client.AskAsync<OffsetCommitRequest, OffsetCommitResponse>(new()
        {
            GroupId = group,
            MemberId = Id,
            GenerationIdOrMemberEpoch = Generation,
            Topics = [new() { TopicId = topic, Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset, CommittedMetadata = Id }] }],
        })).Topics[0].Partitions[0].ErrorCode;

    public async Task<OffsetFetchResponse.OffsetFetchResponsePartitions> FetchOffsetAsync(Guid topic, int partition)
    {
        var fetched = await client.AskAsync<OffsetFetchRequest, OffsetFetchResponse>(new()
        {
            Groups = [new() { GroupId = group, Topics = [new() { TopicId = topic, PartitionIndexes = [partition] }] }],
            RequireStable = true,
        });
        Assert.Equal((ErrorCode.None, topic), (fetched.Groups[0].ErrorCode, fetched.Groups[0].Topics[0].TopicId));
        return fetched.Groups[0].Topics[0].Partitions[0];
    }

    public async Task LeaveAsync()
    {
        var left = await client.AskAsync<LeaveGroupRequest, LeaveGroupResponse>(
            new() { GroupId = group, Members = [new() { MemberId = Id, Reason = "it is done" }] });
        Assert.Equal((ErrorCode.None, ErrorCode.None), (left.ErrorCode, left.Members[0].ErrorCode));
    }

    public void Dispose() => client.Dispose();

    private Task<JoinGroupResponse> JoinOnceAsync() => client.AskAsync<JoinGroupRequest, JoinGroupResponse>(new()
    {
        GroupId = group,
        MemberId = Id,
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
