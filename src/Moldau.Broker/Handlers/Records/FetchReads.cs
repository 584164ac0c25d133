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

    /// <summary>Keeps the read. Its records are dropped where memory is short, but never the first ones: a client must make progress.</summary>
    public void Add(FetchRead read)
    {
        if (Bytes > 0 && read.Read.Records.Length > 0 && !TryReserve(read.Read.Records.Length)) read = WithoutRecords(read);
        All.Add(read);
        Bytes += read.Read.Records.Length;
        EndsWait |= read.EndsWait;
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

    private bool TryReserve(int bytes)
    {
        if (!memory.TryReserve(bytes)) return false;
        _reserved += bytes;
        return true;
    }

    private static FetchRead WithoutRecords(in FetchRead read)
    {
        read.Read.Dispose();
        return read with { Read = read.Read.WithoutRecords() };
    }
}
