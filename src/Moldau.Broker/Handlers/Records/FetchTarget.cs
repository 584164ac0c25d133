using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Records;

/// <summary>A partition as a fetch names it: by the topic's name, or by its id.</summary>
internal readonly record struct FetchKey(string Topic, Guid TopicId, int Index);

/// <summary>One partition of a fetch: what the client wants, and, in a session, what it knows already.</summary>
internal sealed class FetchTarget(FetchKey key)
{
    public FetchKey Key => key;

    public long Offset { get; private set; }

    public int BytesMax { get; private set; }

    public int CurrentLeaderEpoch { get; private set; }

    public int LastFetchedEpoch { get; private set; }

    /// <summary>What the last answer of the session said; -1 makes the next one speak of the partition whatever has happened.</summary>
    public long ToldHighWatermark { get; set; } = -1;

    public long ToldLogStartOffset { get; set; } = -1;

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
