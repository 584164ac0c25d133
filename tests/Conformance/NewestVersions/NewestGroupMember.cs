using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Conformance.NewestVersions;

/// <summary>By whom an offset is committed; nobody in particular, where only the group is named.</summary>
internal sealed record Committer(string Group)
{
    public string MemberId { get; init; } = "";

    public int GenerationOrEpoch { get; init; } = -1;

    public string? Instance { get; init; }
}

/// <summary>A member of a group of any protocol, on a connection of its own: what is alike in how all of them commit and read offsets.</summary>
internal abstract class NewestGroupMember(NewestClient client, string group, string? instance) : IDisposable
{
    public NewestClient Client => client;

    public string Group => group;

    public string? Instance => instance;

    public string Id { get; protected set; } = "";

    public int GenerationOrEpoch { get; protected set; } = -1;

    public Committer Committer => new(group) { MemberId = Id, GenerationOrEpoch = GenerationOrEpoch, Instance = instance };

    /// <summary>By whom offsets are read: only members that have an epoch name themselves.</summary>
    protected virtual (string? MemberId, int Epoch) Reader => (null, -1);

    public Task<ErrorCode> CommitAsync(Guid topic, int partition, long offset) => CommitAsync(Committer, topic, partition, offset);

    public async Task<ErrorCode> CommitAsync(Committer by, Guid topic, int partition, long offset) =>
        (await client.AskAsync<OffsetCommitRequest, OffsetCommitResponse>(new()
        {
            GroupId = by.Group,
            MemberId = by.MemberId,
            GroupInstanceId = by.Instance,
            GenerationIdOrMemberEpoch = by.GenerationOrEpoch,
            Topics = [new() { TopicId = topic, Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset, CommittedMetadata = by.MemberId }] }],
        })).Topics[0].Partitions[0].ErrorCode;

    /// <summary>The offset to read on from. While a transaction that may change it has not quite ended, it is asked for again, as clients do.</summary>
    public async Task<long> PositionAsync(Guid topic, int partition)
    {
        OffsetFetchResponse.OffsetFetchResponsePartitions? fetched = null;
        await Patiently.UntilAsync(async () => (fetched = await FetchOffsetAsync(topic, partition)).ErrorCode != ErrorCode.UnstableOffsetCommit);
        Assert.Equal(ErrorCode.None, fetched!.ErrorCode);
        return Math.Max(fetched.CommittedOffset, 0);
    }

    public async Task<OffsetFetchResponse.OffsetFetchResponsePartitions> FetchOffsetAsync(Guid topic, int partition)
    {
        var (error, fetched) = await FetchOffsetsAsync(topic, partition, Reader.Epoch);
        Assert.Equal((ErrorCode.None, topic), (error, fetched?.TopicId));
        return fetched!.Partitions[0];
    }

    /// <summary>As a member of that epoch; null where the group refuses it.</summary>
    public async Task<(ErrorCode Error, OffsetFetchResponse.OffsetFetchResponseTopics? Topic)> FetchOffsetsAsync(Guid topic, int partition, int epoch)
    {
        var fetched = await client.AskAsync<OffsetFetchRequest, OffsetFetchResponse>(new()
        {
            Groups = [new() { GroupId = group, MemberId = Reader.MemberId, MemberEpoch = epoch, Topics = [new() { TopicId = topic, PartitionIndexes = [partition] }] }],
            RequireStable = true,
        });
        return (fetched.Groups[0].ErrorCode, fetched.Groups[0].Topics.FirstOrDefault());
    }

    public void Dispose() => client.Dispose();
}
