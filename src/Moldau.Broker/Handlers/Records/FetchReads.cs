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

    /// <summary>News that is told at once, however few bytes there are.</summary>
    public bool EndsWait => Error != ErrorCode.None || Diverging is not null;
}

/// <summary>All that one pass over a fetch's partitions has read; owns the pooled bytes until the answer is sent.</summary>
internal sealed class FetchReads(MemoryBudget memory, int count) : IDisposable
{
    private long _reserved;

    public List<FetchRead> All { get; } = new(count);

    public long Bytes { get; private set; }

    public bool EndsWait { get; private set; }

    /// <summary>
    /// How many of the bytes may be read. They are reserved before they are read; where memory is short the answer's first read is a
    /// small one, since a client must make progress, and later ones are none.
    /// </summary>
    public int Claim(int bytes)
    {
        if (bytes > ConnectionLimits.UnreservedBytes && !memory.TryReserve(bytes)) return Bytes == 0 ? ConnectionLimits.UnreservedBytes : 0;
        return bytes;
    }

    /// <summary>Keeps the read, and gives back what was claimed for it and not needed.</summary>
    public void Add(in FetchRead read, int claimed)
    {
        All.Add(read);
        int length = read.Read.Records.Length;
        Bytes += length;
        EndsWait |= read.EndsWait;
        if (claimed <= ConnectionLimits.UnreservedBytes) return;
        // The first batch comes whole, even if it is larger than what was asked for.
        int kept = Math.Min(length, claimed);
        _reserved += kept;
        if (kept < claimed) memory.Release(claimed - kept);
    }

    public void Clear()
    {
        foreach (var read in All) read.Read.Dispose();
        All.Clear();
        if (_reserved > 0) memory.Release(_reserved);
        _reserved = 0;
        Bytes = 0;
        EndsWait = false;
    }

    public void Dispose() => Clear();
}
