using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Request = Moldau.Protocol.Messages.StreamsGroupHeartbeatRequest;

namespace Moldau.Conformance.NewestVersions;

/// <summary>A task of one of the application's two subtopologies.</summary>
internal readonly record struct StreamsTask(string Subtopology, int Partition) : IComparable<StreamsTask>
{
    public int CompareTo(StreamsTask other) => (Subtopology, Partition).CompareTo((other.Subtopology, other.Partition));
}

/// <summary>
/// A streams application (KIP-1071) that sorts the numbers of a topic by their remainder, and then keeps those that it has seen:
/// <code>
/// source --> subtopology 0 --> repartition --> subtopology 1 --> changelog
/// </code>
/// The broker makes the repartition and the changelog topic.
/// </summary>
internal sealed class StreamsApplication(NewestClient admin, string id, NewestTopic source)
{
    public const string Sorting = "0", Keeping = "1";

    public const int Remainders = 3;

    private NewestTopic? _repartition, _changelog;
    private int _kept;

    public string Id => id;

    public NewestTopic Source => source;

    /// <summary>There once a member has tasks.</summary>
    public NewestTopic Repartition => _repartition!;

    public NewestTopic Changelog => _changelog!;

    /// <summary>How many numbers were kept, in transactions that were committed.</summary>
    public int Kept => Volatile.Read(ref _kept);

    public int Tasks => source.Partitions + Remainders;

    private string RepartitionName => $"{id}-by-remainder-repartition";

    private string ChangelogName => $"{id}-seen-changelog";

    public static async Task<StreamsApplication> CreateAsync(NewestClient admin, string id, NewestTopic source)
    {
        await admin.ConfigureGroupAsync(
            id, ("streams.assignment.interval.ms", "0"), ("streams.initial.rebalance.delay.ms", "0"), ("streams.num.standby.replicas", "1"));
        return new StreamsApplication(admin, id, source);
    }

    public Request.TopologyData Topology() => new()
    {
        Epoch = 0,
        Subtopologies =
        [
            new() { SubtopologyId = Sorting, SourceTopics = [source.Name], RepartitionSinkTopics = [RepartitionName] },
            new()
            {
                SubtopologyId = Keeping,
                RepartitionSourceTopics = [new() { Name = RepartitionName, Partitions = Remainders }],
                StateChangelogTopics = [new() { Name = ChangelogName, TopicConfigs = [new() { Key = "cleanup.policy", Value = "compact" }] }],
            },
        ],
    };

    public async Task FindInternalTopicsAsync()
    {
        _repartition = await NewestTopic.FindAsync(admin, RepartitionName);
        _changelog = await NewestTopic.FindAsync(admin, ChangelogName);
    }

    public void NoteKept(int count) => Interlocked.Add(ref _kept, count);

    public async Task<StreamsGroupDescribeResponse.DescribedGroup> DescribeAsync()
    {
        var described = (await admin.AskAsync<StreamsGroupDescribeRequest, StreamsGroupDescribeResponse>(new() { GroupIds = [id] })).Groups[0];
        Assert.Equal(ErrorCode.None, described.ErrorCode);
        return described;
    }
}
