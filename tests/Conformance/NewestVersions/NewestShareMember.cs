using Moldau.Coordination.SharePartitions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Conformance.NewestVersions;

/// <summary>A record that a share member has acquired, for the first or another time.</summary>
internal readonly record struct AcquiredRecord(int Partition, long Offset, int Number, int DeliveryCount);

/// <summary>
/// A member of a share group (KIP-932) of one topic. What it says of records is sent with its next fetch, or by itself; the epochs of its
/// session it counts.
/// </summary>
internal sealed class NewestShareMember(NewestClient client, string group, NewestTopic topic) : IDisposable
{
    private const int Leaving = -1, LastOfSession = -1;

    private readonly SortedDictionary<(int Partition, long Offset), AcknowledgeType> _said = [];
    private readonly HashSet<int> _inSession = [];

    public string Id { get; } = $"{Guid.NewGuid()}";

    public int Epoch { get; private set; }

    public IReadOnlyList<int> Assigned { get; private set; } = [];

    /// <summary>Of the next request; 0 begins a session.</summary>
    public int SessionEpoch { get; set; }

    public static async Task<NewestShareMember> ConnectAsync(string bootstrap, string group, NewestTopic topic) =>
        new(await NewestClient.ConnectAsync(bootstrap), group, topic);

    /// <summary>Heartbeats of all until each has so many partitions; the first may have to wait until the group's state is made.</summary>
    public static Task ShareOutAsync(int partitionsOfEach, params NewestShareMember[] members) => Patiently.UntilAsync(async () =>
    {
        foreach (var member in members) Assert.Equal(ErrorCode.None, await member.HeartbeatAsync());
        return members.All(member => member.Assigned.Count == partitionsOfEach);
    });

    public async Task<ErrorCode> HeartbeatAsync()
    {
        var answer = await client.AskAsync<ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse>(
            new() { GroupId = group, MemberId = Id, MemberEpoch = Epoch, SubscribedTopicNames = Epoch == 0 ? [topic.Name] : null });
        if (answer.ErrorCode != ErrorCode.None) return answer.ErrorCode;
        Epoch = answer.MemberEpoch;
        if (answer.Assignment is { } told) Assigned = [.. told.TopicPartitions.SelectMany(assigned => assigned.Partitions).Order()];
        return ErrorCode.None;
    }

    /// <summary>What it has not acknowledged goes to others.</summary>
    public async Task LeaveAsync()
    {
        if (SessionEpoch > 0) Assert.Equal(ErrorCode.None, await EndSessionAsync());
        var left = await client.AskAsync<ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse>(
            new() { GroupId = group, MemberId = Id, MemberEpoch = Leaving });
        Assert.Equal((ErrorCode.None, Leaving), (left.ErrorCode, left.MemberEpoch));
    }

    /// <summary>Notes what is to be said of the records with the next request.</summary>
    public void Say(AcknowledgeType type, int partition, params IEnumerable<long> offsets)
    {
        foreach (long offset in offsets) _said[(partition, offset)] = type;
    }

    /// <summary>Acquires records of what is assigned, and says what there is to be said; a fetch that renews locks gets none.</summary>
    public async Task<IReadOnlyList<AcquiredRecord>> FetchAsync(int recordsMax = 500, ShareAcquireMode mode = ShareAcquireMode.RecordLimit)
    {
        var answer = await SendFetchAsync(recordsMax, mode);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        Assert.True(answer.AcquisitionLockTimeoutMs > 0);
        return [.. answer.Responses.SelectMany(fetched => fetched.Partitions).SelectMany(RecordsOf)];
    }

    /// <summary>The error of the request; where it is none, nothing of it is looked at.</summary>
    public async Task<ErrorCode> TryFetchAsync() => (await SendFetchAsync(recordsMax: 1, ShareAcquireMode.RecordLimit)).ErrorCode;

    /// <summary>Says what there is to be said, apart from a fetch. The first error is the answer.</summary>
    public Task<ErrorCode> AcknowledgeAsync() => AcknowledgeAsync(SessionEpoch);

    /// <summary>Says the last, and gives back all else that it has.</summary>
    public async Task<ErrorCode> EndSessionAsync()
    {
        var error = await AcknowledgeAsync(LastOfSession);
        if (error == ErrorCode.None) BeginAnew();
        return error;
    }

    /// <summary>Accepts everything until there is nothing left.</summary>
    public async Task<List<AcquiredRecord>> AcceptAllAsync(int recordsOfFetch)
    {
        var all = new List<AcquiredRecord>();
        while (await FetchAsync(recordsOfFetch) is { Count: > 0 } records)
        {
            Assert.True(records.Count <= recordsOfFetch);
            foreach (var record in records) Say(AcknowledgeType.Accept, record.Partition, record.Offset);
            all.AddRange(records);
        }
        return all;
    }

    /// <summary>Fetches these from now on, and the others no longer.</summary>
    public void Choose(params IReadOnlyList<int> partitions) => Assigned = partitions;

    public void Dispose() => client.Dispose();

    private void BeginAnew()
    {
        SessionEpoch = 0;
        _inSession.Clear();
    }

    private async Task<ShareFetchResponse> SendFetchAsync(int recordsMax, ShareAcquireMode mode)
    {
        bool renews = _said.ContainsValue(AcknowledgeType.Renew);
        var forgotten = _inSession.Except(Assigned).ToList();
        var answer = await client.AskAsync<ShareFetchRequest, ShareFetchResponse>(new()
        {
            GroupId = group,
            MemberId = Id,
            ShareSessionEpoch = SessionEpoch,
            MinBytes = renews ? 0 : 1,
            MaxBytes = renews ? 0 : 1 << 20,
            MaxRecords = renews ? 0 : recordsMax,
            BatchSize = renews ? 0 : recordsMax,
            ShareAcquireMode = (sbyte)mode,
            IsRenewAck = renews,
            Topics = TopicsOf(Assigned.Except(_inSession)),
            ForgottenTopicsData = forgotten.Count == 0 ? [] : [new() { TopicId = topic.Id, Partitions = forgotten }],
        });
        if (answer.ErrorCode != ErrorCode.None) return answer;
        SessionEpoch++;
        _inSession.Clear();
        _inSession.UnionWith(Assigned);
        _said.Clear();
        return answer;
    }

    /// <summary>The partitions that are new in the session, and those of which something is said.</summary>
    private List<ShareFetchRequest.FetchTopic> TopicsOf(IEnumerable<int> added)
    {
        var partitions = added.Union(_said.Keys.Select(said => said.Partition)).Order().Select(partition => new ShareFetchRequest.FetchPartition
        {
            PartitionIndex = partition,
            AcknowledgementBatches = [.. SaidOf(partition).Select(said =>
                new ShareFetchRequest.AcknowledgementBatch { FirstOffset = said.First, LastOffset = said.Last, AcknowledgeTypes = said.Types })],
        }).ToList();
        return partitions.Count == 0 ? [] : [new() { TopicId = topic.Id, Partitions = partitions }];
    }

    private async Task<ErrorCode> AcknowledgeAsync(int sessionEpoch)
    {
        var partitions = _said.Keys.Select(said => said.Partition).Distinct().Select(partition => new ShareAcknowledgeRequest.AcknowledgePartition
        {
            PartitionIndex = partition,
            AcknowledgementBatches = [.. SaidOf(partition).Select(said =>
                new ShareAcknowledgeRequest.AcknowledgementBatch { FirstOffset = said.First, LastOffset = said.Last, AcknowledgeTypes = said.Types })],
        }).ToList();
        var answer = await client.AskAsync<ShareAcknowledgeRequest, ShareAcknowledgeResponse>(new()
        {
            GroupId = group,
            MemberId = Id,
            ShareSessionEpoch = sessionEpoch,
            IsRenewAck = _said.ContainsValue(AcknowledgeType.Renew),
            Topics = partitions.Count == 0 ? [] : [new() { TopicId = topic.Id, Partitions = partitions }],
        });
        if (answer.ErrorCode != ErrorCode.None) return answer.ErrorCode;
        Assert.True(answer.AcquisitionLockTimeoutMs > 0);
        SessionEpoch++;
        _said.Clear();
        return answer.Responses.SelectMany(acknowledged => acknowledged.Partitions).Select(partition => partition.ErrorCode)
            .FirstOrDefault(error => error != ErrorCode.None);
    }

    /// <summary>Offsets that follow each other go together, with a type for each.</summary>
    private IEnumerable<(long First, long Last, List<sbyte> Types)> SaidOf(int partition)
    {
        var said = _said.Where(one => one.Key.Partition == partition).Select(one => (one.Key.Offset, Type: (sbyte)one.Value)).ToList();
        for (int at = 0, next; at < said.Count; at = next)
        {
            for (next = at + 1; next < said.Count && said[next].Offset == said[next - 1].Offset + 1;) next++;
            yield return (said[at].Offset, said[next - 1].Offset, [.. said[at..next].Select(one => one.Type)]);
        }
    }

    /// <summary>Whole batches come; of their records those are the member's that it has acquired.</summary>
    private static IEnumerable<AcquiredRecord> RecordsOf(ShareFetchResponse.PartitionData partition)
    {
        Assert.Equal((ErrorCode.None, ErrorCode.None), (partition.ErrorCode, partition.AcknowledgeErrorCode));
        if (partition.AcquiredRecords.Count == 0) return [];
        var records = ReadRecords.Of(partition.Records ?? default, from: 0, aborted: []).Records;
        return
            from range in partition.AcquiredRecords
            from record in records
            where record.Offset >= range.FirstOffset && record.Offset <= range.LastOffset
            select new AcquiredRecord(partition.PartitionIndex, record.Offset, record.Number, range.DeliveryCount);
    }
}
