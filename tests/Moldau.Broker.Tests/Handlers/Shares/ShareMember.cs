using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Shares;

/// <summary>A member of a share group over a connection of its own, which counts its session's epochs.</summary>
internal sealed class ShareMember(KafkaBroker broker, string groupId, string memberId, Guid topicId) : IDisposable
{
    public const short Version = 2;

    private readonly WireClient _client = WireClient.To(broker);

    /// <summary>Of the next request; 0 begins a session.</summary>
    public int Epoch { get; set; }

    /// <summary>What a session that begins is to fetch.</summary>
    public IReadOnlyList<int> Partitions { get; set; } = [0];

    public int BytesMax { get; set; } = 1 << 20;

    public async Task<ShareFetchResponse> FetchAsync(
        int waitMs = 0, int recordsMax = 500, int minBytes = 1, params ShareFetchRequest.AcknowledgementBatch[] acknowledged)
    {
        await BeginFetchAsync(waitMs, recordsMax, minBytes, acknowledged);
        return await FetchedAsync();
    }

    public Task BeginFetchAsync(int waitMs, int recordsMax = 500, int minBytes = 1, params ShareFetchRequest.AcknowledgementBatch[] acknowledged)
    {
        var request = new ShareFetchRequest
        {
            GroupId = groupId,
            MemberId = memberId,
            ShareSessionEpoch = Epoch,
            MaxWaitMs = waitMs,
            MinBytes = minBytes,
            MaxBytes = BytesMax,
            MaxRecords = recordsMax,
            BatchSize = 500,
        };
        if (Epoch == 0) request.Topics.Add(new() { TopicId = topicId, Partitions = [.. Partitions.Select(index => new ShareFetchRequest.FetchPartition { PartitionIndex = index })] });
        else if (acknowledged.Length > 0) request.Topics.Add(new() { TopicId = topicId, Partitions = [new() { PartitionIndex = 0, AcknowledgementBatches = [.. acknowledged] }] });
        Epoch++;
        return _client.SendAsync(request, Version);
    }

    public Task<ShareFetchResponse> FetchedAsync() => _client.ReceiveAsync<ShareFetchRequest, ShareFetchResponse>(Version);

    /// <summary>Acknowledges a range with one type for all, or with one for each.</summary>
    public Task<(ErrorCode OfAll, ErrorCode OfPartition)> AcknowledgeAsync(long first, long last, params sbyte[] types) =>
        AcknowledgeAsync(Named(first, last, types));

    /// <summary>Acknowledges what each of these says; they may name the partition more than once.</summary>
    public async Task<(ErrorCode OfAll, ErrorCode OfPartition)> AcknowledgeAsync(params ShareAcknowledgeRequest.AcknowledgePartition[] partitions)
    {
        var response = await _client.AskAsync<ShareAcknowledgeRequest, ShareAcknowledgeResponse>(
            new()
            {
                GroupId = groupId,
                MemberId = memberId,
                ShareSessionEpoch = Epoch,
                IsRenewAck = partitions.Any(partition => partition.AcknowledgementBatches[0].AcknowledgeTypes.Contains((sbyte)4)),
                Topics = [new() { TopicId = topicId, Partitions = [.. partitions] }],
            },
            Version);
        if (response.ErrorCode == ErrorCode.None) Epoch++;
        return (response.ErrorCode, response.Responses.Count == 0 ? response.ErrorCode : response.Responses[0].Partitions[0].ErrorCode);
    }

    public static ShareAcknowledgeRequest.AcknowledgePartition Named(long first, long last, params sbyte[] types) =>
        new() { PartitionIndex = 0, AcknowledgementBatches = [new() { FirstOffset = first, LastOffset = last, AcknowledgeTypes = [.. types] }] };

    /// <summary>The acquired ranges with their delivery counts, such as <c>0-2 x1</c>; empty where there are none.</summary>
    public static string Acquired(ShareFetchResponse response) =>
        string.Join(", ", from topic in response.Responses
                          from partition in topic.Partitions
                          from range in partition.AcquiredRecords
                          select $"{range.FirstOffset}-{range.LastOffset} x{range.DeliveryCount}");

    public void Dispose() => _client.Dispose();
}
