using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Hosting;
using Moldau.Broker.Tests.Simulation;
using Moldau.Broker.Tests.Topics;
using Moldau.Broker.Topics;
using Moldau.Coordination;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Offsets;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Hosting;

/// <summary>The group coordinator of a broker with one partition of <c>__consumer_offsets</c>, whose segments are as small as they may be.</summary>
internal sealed class StoredGroups : IAsyncDisposable
{
    private static readonly RequestContext Context = new() { Api = ApiKey.OffsetCommit, Version = 8 };

    private readonly StoredCluster _cluster = new()
    {
        Properties = { ["offsets.topic.num.partitions"] = "1", ["offsets.topic.segment.bytes"] = "1048576" },
    };

    private BrokerCoordinators? _coordinators;
    private DateTimeOffset _coordinatedSince;

    public BrokerStorage Storage { get; private set; } = null!;

    public PartitionLog Log
    {
        get
        {
            Assert.Equal(ErrorCode.None, Storage.Partitions.Find("__consumer_offsets", 0, out var partition));
            return partition.Log;
        }
    }

    /// <summary>Starts, or starts again on what is stored.</summary>
    public async Task StartAsync()
    {
        await StopAsync();
        Storage = await _cluster.OpenAsync();
        _coordinatedSince = _cluster.Time.GetUtcNow();
        _coordinators = new BrokerCoordinators(Storage, _cluster.Time, NullLoggerFactory.Instance);
        _coordinators.Start();
        Assert.Equal(ErrorCode.None, await _coordinators.Groups.EnsureTopicAsync());
    }

    /// <summary>And has done what is due by then: the timers have a thread of their own.</summary>
    public async Task AdvanceAsync(TimeSpan time)
    {
        _cluster.Time.Advance(time);
        await DueTimers.PassAsync(_coordinators!.Timers, (long)(_cluster.Time.GetUtcNow() - _coordinatedSince).TotalMilliseconds);
    }

    public void Compact()
    {
        _cluster.Directory.Upkeep.CompactLogs(CancellationToken.None);
        _cluster.Directory.Upkeep.DeleteDueFiles();
    }

    public async Task CommitAsync(string group, string topic, long offset, int partitions = 1)
    {
        var request = new OffsetCommitRequest
        {
            GroupId = group,
            GenerationIdOrMemberEpoch = -1,
            RetentionTimeMs = -1,
            Topics = [new() { Name = topic, Partitions = [.. Enumerable.Range(0, partitions).Select(At)] }],
        };
        var answer = await AskAsync(group, request, error => OffsetCommits.Refusal(request, error));
        Assert.Equal(ErrorCode.None, HostedGroups.ErrorOf(answer));
        OffsetCommitRequest.OffsetCommitRequestPartition At(int index) =>
            new() { PartitionIndex = index, CommittedOffset = offset, CommittedMetadata = $"as {group} likes it" };
    }

    public async Task CommitInTransactionAsync(TransactionalProducer producer, string group, string topic, long offset)
    {
        var request = new TxnOffsetCommitRequest
        {
            GroupId = group,
            GenerationIdOrMemberEpoch = -1,
            Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, CommittedOffset = offset }] }],
        };
        var answer = await AskAsync(group, new CommitInTransaction(request, producer), error => TransactionalCommits.Refusal(request, error));
        Assert.Equal(ErrorCode.None, answer.Topics[0].Partitions[0].ErrorCode);
    }

    public async Task EndAsync(TransactionalProducer producer, bool commits) =>
        Assert.Equal(ErrorCode.None, await _coordinators!.Groups.EndTransactionAsync(0, producer, new TransactionEnd(commits, CoordinatorEpoch: 0)));

    public async Task<ConsumerGroupHeartbeatResponse> BeatAsync(string group, string member, int epoch, params string[] topics)
    {
        var request = new ConsumerGroupHeartbeatRequest
        {
            GroupId = group,
            MemberId = member,
            MemberEpoch = epoch,
            RebalanceTimeoutMs = 60_000,
            SubscribedTopicNames = [.. topics],
            TopicPartitions = [],
        };
        var answer = await AskAsync(group, request, error => new ConsumerGroupHeartbeatResponse { ErrorCode = error });
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return answer;
    }

    public async Task DeleteAsync(string group)
    {
        var answer = await AskAsync(group, new DeleteGroup(group), error => new DeleteGroupsResponse.DeletableGroupResult { ErrorCode = error });
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
    }

    /// <summary>The committed offset of partition 0; -1 if there is none.</summary>
    public async Task<long> FetchAsync(string group, string topic)
    {
        var request = new FetchOffsets(new() { GroupId = group, Topics = [new() { Name = topic, PartitionIndexes = [0] }] }, OnlyStable: false);
        var answer = await AskAsync(group, request, error => new OffsetFetchResponse.OffsetFetchResponseGroup { ErrorCode = error });
        return answer.Topics[0].Partitions[0].CommittedOffset;
    }

    /// <summary>What is stored of all groups, as a start would read it.</summary>
    public string Stored()
    {
        var durable = new DurableGroups();
        Replay(durable.Apply);
        var lines = durable.GroupIds.Order(StringComparer.Ordinal).Select(group =>
            $"{group}: {durable.Group(group)?.Generation} {durable.Consumer(group)?.Epoch} pending {durable.Pending.Of(group).Count()} "
            + string.Join(" ", durable.Offsets(group).OrderBy(offset => offset.Key.ToString(), StringComparer.Ordinal)
                .Select(offset => $"{offset.Key.Topic}-{offset.Key.Partition}={offset.Value.Offset}'{offset.Value.Metadata}'")));
        return string.Join('\n', lines);
    }

    public int CountRecords()
    {
        int count = 0;
        Replay(_ => count++);
        return count;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private void Replay(Action<CoordinatorRecord> apply)
    {
        Assert.Equal(ErrorCode.None, Storage.Partitions.Find("__consumer_offsets", 0, out var partition));
        new CoordinatorLog(partition).Replay(GroupRecords.Read, (record, _) => apply(record));
    }

    private async Task StopAsync()
    {
        if (_coordinators is null) return;
        await _coordinators.DisposeAsync();
        await Storage.DisposeAsync();
    }

    private async Task<TAnswer> AskAsync<TAnswer>(string group, object request, Func<ErrorCode, TAnswer> refuse) where TAnswer : class =>
        (await _coordinators!.Groups.AskAsync(Context, group, request, refuse))!;
}
