using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Records;

/// <summary>A partition as a fetch names it: by the topic's name, or by its id.</summary>
internal readonly record struct FetchKey(string Topic, Guid TopicId, int Index);

/// <summary>What a client knows of a partition from an answer of its session.</summary>
internal readonly record struct FetchTold(long HighWatermark, long LogStartOffset)
{
    /// <summary>Makes the next answer speak of the partition whatever has happened.</summary>
    public static readonly FetchTold Nothing = new(-1, -1);

    /// <summary>After an error the client must hear of the partition again, also when it is well.</summary>
    public static FetchTold By(in FetchRead read) =>
        read.Error == ErrorCode.None ? new(read.Read.HighWatermark, read.Read.LogStartOffset) : Nothing;
}

/// <summary>One partition of a fetch: what the client wants, and, in a session, what it knows already.</summary>
internal sealed class FetchTarget(FetchKey key)
{
    public FetchKey Key => key;

    public long Offset { get; private set; }

    public int BytesMax { get; private set; }

    public int CurrentLeaderEpoch { get; private set; }

    public int LastFetchedEpoch { get; private set; }

    /// <summary>What the last answer of the session said.</summary>
    public FetchTold Told { get; set; } = FetchTold.Nothing;

    /// <summary>The name under which the topic id was found first: tells a topic that was made again from one that is gone.</summary>
    public string? FoundName { get; set; }

    public void Update(FetchRequest.FetchPartition wanted)
    {
        Offset = wanted.FetchOffset;
        BytesMax = wanted.PartitionMaxBytes;
        CurrentLeaderEpoch = wanted.CurrentLeaderEpoch;
        LastFetchedEpoch = wanted.LastFetchedEpoch;
    }
}
