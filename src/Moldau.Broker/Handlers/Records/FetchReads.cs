using Moldau.Broker.Net;
using Moldau.Broker.Topics;
using Moldau.Log;
using Moldau.Protocol;

namespace Moldau.Broker.Handlers.Records;

/// <summary>What was read for one partition of a fetch.</summary>
internal readonly record struct FetchRead
{
    public required FetchTarget Target { get; init; }

    public ErrorCode Error { get; init; }

    /// <summary>Null where the partition was not found.</summary>
    public Partition? Partition { get; init; }

    public LogRead Read { get; init; }

    /// <summary>Where the epoch that the client fetched last ended, if that is before the offset that it wants.</summary>
    public (int LeaderEpoch, long EndOffset)? Diverging { get; init; }

    /// <summary>There is an error to tell, or an epoch that diverges, and nothing was read.</summary>
    public bool IsRefused => Error != ErrorCode.None || Diverging is not null;

    /// <summary>The metadata has no such partition: there was no log to ask.</summary>
    public bool IsUnknown => Error is ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId or ErrorCode.TopicAuthorizationFailed;

    /// <summary>What is told at once, however few bytes there are: what the log says against the fetch, and that all it had was read.</summary>
    public bool EndsWait => (IsRefused && !IsUnknown) || Read.IsInOlderSegment;
}

/// <summary>Bytes that one partition's read may take.</summary>
internal readonly record struct FetchClaim(int Bytes, bool IsReserved);

/// <summary>All that one pass over a fetch's partitions has read; owns the pooled bytes until the answer is sent.</summary>
internal sealed class FetchReads(MemoryBudget memory, int count) : IDisposable
{
    private long _reserved;
    private int _free = ConnectionLimits.UnreservedBytes;
    private bool _knowsAny, _anyEndsWait;

    public List<FetchRead> All { get; } = new(count);

    public long Bytes { get; private set; }

    /// <summary>One of the partitions is told at once, or there is none that could be waited for.</summary>
    public bool EndsWait => _anyEndsWait || !_knowsAny;

    /// <summary>
    /// How many of the bytes may be read. A few are free for a whole fetch, the others are reserved before they are read; where memory is
    /// short there are the free ones only.
    /// </summary>
    public FetchClaim Claim(int bytes)
    {
        if (bytes > _free && memory.TryReserve(bytes)) return new FetchClaim(bytes, IsReserved: true);
        int claimed = Math.Min(bytes, _free);
        _free -= claimed;
        return new FetchClaim(claimed, IsReserved: false);
    }

    /// <summary>Keeps the read, and gives back what was claimed for it and not needed.</summary>
    public void Add(in FetchRead read, FetchClaim claim = default)
    {
        All.Add(read);
        int length = read.Read.Records.Length;
        Bytes += length;
        _anyEndsWait |= read.EndsWait;
        _knowsAny |= !read.IsUnknown;
        if (!claim.IsReserved)
        {
            _free += Math.Max(claim.Bytes - length, 0);
            length = Math.Max(length - claim.Bytes, 0);
            claim = default;
        }
        // The first batch comes whole, even if it is larger than what was asked for.
        _reserved += length;
        if (length > claim.Bytes) memory.Take(length - claim.Bytes);
        else if (length < claim.Bytes) memory.Release(claim.Bytes - length);
    }

    public void Clear()
    {
        foreach (var read in All) read.Read.Dispose();
        All.Clear();
        if (_reserved > 0) memory.Release(_reserved);
        _reserved = 0;
        _free = ConnectionLimits.UnreservedBytes;
        Bytes = 0;
        _knowsAny = _anyEndsWait = false;
    }

    public void Dispose() => Clear();
}
