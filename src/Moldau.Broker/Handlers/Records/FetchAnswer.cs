using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Records;

/// <summary>Turns what was read into the response, at the client's version; in a session, only what is news to the client.</summary>
internal readonly struct FetchAnswer(RequestContext context, int nodeId, string? rack)
{
    private const short FirstVersionWithStorageError = 6;
    private const short FirstVersionWithLeaders = 16;

    public FetchResponse Of(FetchRound round, FetchReads reads, ReadBound bound)
    {
        if (round.IsOvertaken) return new FetchResponse { ErrorCode = ErrorCode.InvalidFetchSessionEpoch, SessionId = round.SessionId };
        var response = new FetchResponse { SessionId = round.SessionId };
        foreach (var read in reads.All)
        {
            if (!round.IsIncremental || IsNews(read)) Add(response, read.Target.Key, PartitionOf(read, bound));
            if (round.Session is { } session) Note(session, read);
            if (TellsLeader(read) && response.NodeEndpoints.Count == 0)
                response.NodeEndpoints.Add(new() { NodeId = nodeId, Host = context.Advertised.Host, Port = context.Advertised.Port, Rack = rack });
        }
        return response;
    }

    /// <summary>The same error for everything that the request names.</summary>
    public static FetchResponse Refusal(FetchRequest request, ErrorCode error)
    {
        var response = new FetchResponse { ErrorCode = error };
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                var key = new FetchKey(topic.Topic, topic.TopicId, partition.Partition);
                Add(response, key, Failed(partition.Partition, error, aborted: []));
            }
        }
        return response;
    }

    private static bool IsNews(in FetchRead read) =>
        read.Read.Records.Length > 0 || read.IsRefused || read.Target.Told != FetchTold.By(read);

    /// <summary>Remembers what the answer says of the partition, for the next one in the session.</summary>
    private static void Note(FetchSession session, in FetchRead read)
    {
        read.Target.Told = FetchTold.By(read);
        if (read.Read.Records.Length > 0) session.MoveToEnd(read.Target);
    }

    private static void Add(FetchResponse response, FetchKey key, FetchResponse.PartitionData partition)
    {
        var topic = response.Responses.Count > 0 ? response.Responses[^1] : null;
        if (topic is null || topic.TopicId != key.TopicId || topic.Topic != key.Topic)
        {
            topic = new() { Topic = key.Topic, TopicId = key.TopicId };
            response.Responses.Add(topic);
        }
        topic.Partitions.Add(partition);
    }

    private FetchResponse.PartitionData PartitionOf(in FetchRead read, ReadBound bound)
    {
        try
        {
            return read.Error == ErrorCode.None ? WithRecords(read, bound) : Failed(read);
        }
        catch (IOException)
        {
            // Without the list of aborted transactions their records would be taken for good.
            return Failed(read.Target.Key.Index, Told(ErrorCode.KafkaStorageError), null);
        }
    }

    /// <summary>Clients of the first versions do not know that a disk can fail; the error in its place makes them ask again too.</summary>
    private ErrorCode Told(ErrorCode error) =>
        error == ErrorCode.KafkaStorageError && context.Version < FirstVersionWithStorageError ? ErrorCode.NotLeaderOrFollower : error;

    /// <summary>Whoever asks under another leader is told who leads now, and need not ask for that too (KIP-951).</summary>
    private bool TellsLeader(in FetchRead read) =>
        context.Version >= FirstVersionWithLeaders && read is { Error: ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch, Partition: not null };

    private static FetchResponse.PartitionData WithRecords(in FetchRead read, ReadBound bound)
    {
        var partition = new FetchResponse.PartitionData
        {
            PartitionIndex = read.Target.Key.Index,
            HighWatermark = read.Read.HighWatermark,
            LastStableOffset = read.Read.LastStableOffset,
            LogStartOffset = read.Read.LogStartOffset,
            AbortedTransactions = bound == ReadBound.LastStableOffset ? Aborted(read) : null,
            Records = read.Read.Records,
        };
        if (read.Diverging is { } end) partition.DivergingEpoch = new() { Epoch = end.LeaderEpoch, EndOffset = end.EndOffset };
        return partition;
    }

    private static List<FetchResponse.AbortedTransaction> Aborted(in FetchRead read)
    {
        if (read.Read.Records.Length == 0 || read.Partition is not { Log: var log }) return [];
        return [.. log.AbortedTransactions(read.Target.Offset, read.Read)
            .Select(known => new FetchResponse.AbortedTransaction { ProducerId = known.ProducerId, FirstOffset = known.FirstOffset })];
    }

    // The list of aborted transactions is empty where the partition was not even looked at, and null where its log refused. Clients see it.
    private FetchResponse.PartitionData Failed(in FetchRead read)
    {
        var partition = Failed(read.Target.Key.Index, Told(read.Error), read.IsUnknown ? [] : null);
        if (TellsLeader(read)) partition.CurrentLeader = new() { LeaderId = nodeId, LeaderEpoch = read.Partition!.LeaderEpoch };
        return partition;
    }

    private static FetchResponse.PartitionData Failed(int index, ErrorCode error, List<FetchResponse.AbortedTransaction>? aborted) => new()
    {
        PartitionIndex = index,
        ErrorCode = error,
        HighWatermark = -1,
        AbortedTransactions = aborted,
        Records = ReadOnlyMemory<byte>.Empty,
    };
}
