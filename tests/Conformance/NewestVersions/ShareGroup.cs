using Moldau.Conformance.Clients;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Conformance.NewestVersions;

/// <summary>A share group that reads a topic from its beginning, as an admin sees it.</summary>
internal sealed record ShareGroup(NewestClient Admin, string Bootstrap, string Id, NewestTopic Topic)
{
    /// <summary>A group of a new topic with so many numbers.</summary>
    public static async Task<ShareGroup> FillAsync(NewestClient admin, ClientBroker broker, int partitions, int records)
    {
        var topic = await NewestTopic.CreateAsync(admin, broker.NewName("newest"), partitions);
        await topic.FillAsync(admin, records);
        return await OfAsync(admin, broker, topic);
    }

    public static async Task<ShareGroup> OfAsync(NewestClient admin, ClientBroker broker, NewestTopic topic)
    {
        var group = new ShareGroup(admin, broker.Bootstrap, broker.NewName("newest"), topic);
        await admin.ConfigureGroupAsync(group.Id, ("share.auto.offset.reset", "earliest"), ("share.assignment.interval.ms", "0"));
        return group;
    }

    public Task<NewestShareMember> ConnectAsync() => NewestShareMember.ConnectAsync(Bootstrap, Id, Topic);

    public async Task AssertDescribedAsync(string state, params NewestShareMember[] members)
    {
        var described = (await Admin.AskAsync<ShareGroupDescribeRequest, ShareGroupDescribeResponse>(new() { GroupIds = [Id] })).Groups[0];
        Assert.Equal((ErrorCode.None, state, "simple"), (described.ErrorCode, described.GroupState, described.AssignorName));
        Assert.Equal(members.Select(member => member.Id).Order(), described.Members.Select(member => member.MemberId).Order());
        foreach (var member in members)
        {
            var shown = described.Members.Single(shown => shown.MemberId == member.Id);
            Assert.Equal(member.Epoch, shown.MemberEpoch);
            Assert.Equal([Topic.Name], shown.SubscribedTopicNames);
            Assert.Equal(member.Assigned, Assert.Single(shown.Assignment.TopicPartitions).Partitions);
        }
    }

    /// <summary>How many records of each partition the group has still to do.</summary>
    public async Task<IEnumerable<long>> LagsAsync() => (await StartsAsync()).Select(partition => partition.Lag);

    public async Task<IEnumerable<(long Start, long Lag)>> StartsAsync()
    {
        var described = await Admin.AskAsync<DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse>(
            new() { Groups = [new() { GroupId = Id, Topics = [new() { TopicName = Topic.Name, Partitions = [.. Enumerable.Range(0, Topic.Partitions)] }] }] });
        var partitions = described.Groups[0].Topics[0].Partitions;
        Assert.All(partitions, partition => Assert.Equal(ErrorCode.None, partition.ErrorCode));
        return partitions.OrderBy(partition => partition.PartitionIndex).Select(partition => (partition.StartOffset, partition.Lag));
    }

    /// <summary>Lets the group begin at the offset in the first partition.</summary>
    public async Task<ErrorCode> MoveAsync(long offset)
    {
        var altered = await Admin.AskAsync<AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse>(
            new() { GroupId = Id, Topics = [new() { TopicName = Topic.Name, Partitions = [new() { PartitionIndex = 0, StartOffset = offset }] }] });
        return altered.ErrorCode != ErrorCode.None ? altered.ErrorCode : altered.Responses[0].Partitions[0].ErrorCode;
    }

    public async Task<ErrorCode> DeleteOffsetsAsync()
    {
        var deleted = await Admin.AskAsync<DeleteShareGroupOffsetsRequest, DeleteShareGroupOffsetsResponse>(
            new() { GroupId = Id, Topics = [new() { TopicName = Topic.Name }] });
        return deleted.ErrorCode != ErrorCode.None ? deleted.ErrorCode : deleted.Responses[0].ErrorCode;
    }
}
