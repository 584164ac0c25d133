using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Moldau.Broker.Handover;

/// <summary>What a transaction index says of an aborted transaction.</summary>
internal readonly record struct AbortedEntry(short Version, long ProducerId, long FirstOffset, long LastOffset);

/// <summary>
/// Compares <c>.txnindex</c> with the abort markers in its segment. Without an entry Kafka hands out aborted records as if they had
/// been committed.
/// </summary>
// | version 2 = 0 | producer id 8 | first offset 8 | last offset 8 | last stable offset 8 | ...
internal sealed class TransactionIndexCheck : IDisposable
{
    public const int EntryBytes = 34;

    private const short CurrentVersion = 0;

    private readonly SafeFileHandle? _file;
    private readonly byte[] _entry = new byte[EntryBytes];
    private readonly long _length;
    private long _next;
    private AbortedEntry? _waiting;

    /// <summary>A segment in which nothing was aborted has no such file.</summary>
    public TransactionIndexCheck(string path)
    {
        if (!File.Exists(path)) return;
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        _length = RandomAccess.GetLength(_file);
    }

    /// <inheritdoc cref="OffsetIndexCheck.Fault"/>
    public (string Problem, long Position)? Fault { get; private set; }

    /// <summary>Kafka stops at a version that it does not know.</summary>
    public long? UnknownVersionAt { get; private set; }

    /// <summary>What Kafka's own sanity check looks for: an entry that ends before the segment begins. It then rebuilds all of the segment's indexes.</summary>
    public long? BelowSegmentAt { get; private set; }

    /// <summary>Goes over all entries once, for what holds without a look at the segment, and back to the first.</summary>
    public void LookOver(long baseOffset)
    {
        long last = -1;
        while (Read() is { } entry)
        {
            long at = _next - EntryBytes;
            if (entry.Version > CurrentVersion) UnknownVersionAt ??= at;
            if (entry.LastOffset < baseOffset) BelowSegmentAt ??= at;
            if (entry.LastOffset <= last || entry.FirstOffset > entry.LastOffset) Fail($"The entry for the offsets {entry.FirstOffset} to {entry.LastOffset} is out of order.", at);
            last = entry.LastOffset;
        }
        if (_length % EntryBytes != 0) Fail($"Its length of {_length} bytes is no multiple of {EntryBytes}; what is added would stand where nobody finds it.", _length - (_length % EntryBytes));
        _next = 0;
    }

    /// <summary>A transaction whose records stand in the log has been aborted by a marker at the offset.</summary>
    public void SeeAbort(long producerId, long firstOffset, long markerOffset)
    {
        while (Peek() is { } entry && entry.LastOffset < markerOffset) _waiting = null;
        if (_waiting is { } found && found.LastOffset == markerOffset && found.ProducerId == producerId && found.FirstOffset <= firstOffset) _waiting = null;
        else Fail($"It has no entry for the transaction of producer {producerId} from offset {firstOffset} on that was aborted at offset {markerOffset}.", _next);
    }

    public void Finish(long lastOffset)
    {
        while (Peek() is { } entry)
        {
            if (entry.LastOffset > lastOffset) Fail($"The entry for a transaction that ends at offset {entry.LastOffset} is beyond the last offset {lastOffset}.", _next - EntryBytes);
            _waiting = null;
        }
    }

    public void Dispose() => _file?.Dispose();

    private AbortedEntry? Peek() => _waiting ??= Read();

    private AbortedEntry? Read()
    {
        if (_file is null || _next + EntryBytes > _length || RandomAccess.Read(_file, _entry, _next) < EntryBytes) return null;
        _next += EntryBytes;
        return new AbortedEntry(
            BinaryPrimitives.ReadInt16BigEndian(_entry),
            BinaryPrimitives.ReadInt64BigEndian(_entry.AsSpan(2)),
            BinaryPrimitives.ReadInt64BigEndian(_entry.AsSpan(10)),
            BinaryPrimitives.ReadInt64BigEndian(_entry.AsSpan(18)));
    }

    private void Fail(string problem, long position) => Fault ??= (problem, position);
}
