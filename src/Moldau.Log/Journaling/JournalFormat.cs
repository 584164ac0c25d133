using System.Buffers.Binary;

using Moldau.Protocol.Records;

namespace Moldau.Log.Journaling;

/// <summary>What the beginning of a journal file says.</summary>
internal readonly record struct JournalHeader(long Sequence, Guid DirectoryId, int QuorumEpoch);

/// <summary>Which partition a frame's batch belongs to.</summary>
internal readonly record struct JournalKey(Guid TopicId, int Partition);

/// <summary>What a frame says.</summary>
internal enum FrameKind : byte
{
    /// <summary>It holds the whole batch.</summary>
    Batch = 0,

    /// <summary>It holds the header of a batch that was large: its segment was flushed before the frame was written.</summary>
    FlushedBatch = 1,
}

/// <summary>
/// The bytes of a journal file. It begins with
/// <code>| "MOLDAUJ1" 8 | sequence 8 | directory id 16 | quorum epoch 4 | crc 4 |</code>
/// and from byte 4096 on holds frames, one behind the other, each of one batch as it stands in the segment:
/// <code>| content bytes 4 | crc 4 | file's sequence 8 | topic id 16 | partition 4 | kind 1 | batch, or its header |</code>
/// A frame's crc covers what stands between it and the batch's records; the batch's own checksum covers those. The sequence
/// is part of it, so that frames of a file's former life are never taken for frames of this one.
/// </summary>
internal static class JournalFormat
{
    public const int HeaderBytes = 40;
    public const int FramesAt = 4096;
    public const int FrameHeaderBytes = 37;

    private const int HeaderCrcAt = 36;
    private const int FrameCrcAt = 4;
    private const int SequenceAt = 8;
    private const int TopicIdAt = 16;
    private const int PartitionAt = 32;
    private const int KindAt = 36;

    private static ReadOnlySpan<byte> Magic => "MOLDAUJ1"u8;

    public static void WriteHeader(Span<byte> bytes, JournalHeader header)
    {
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], header.Sequence);
        header.DirectoryId.TryWriteBytes(bytes[16..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(bytes[32..], header.QuorumEpoch);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[HeaderCrcAt..], Crc32C.Compute(bytes[..HeaderCrcAt]));
    }

    /// <summary>Null where there is no whole header: the file was not in use yet.</summary>
    public static JournalHeader? ReadHeader(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes || !bytes.StartsWith(Magic)) return null;
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes[HeaderCrcAt..]) != Crc32C.Compute(bytes[..HeaderCrcAt])) return null;
        return new JournalHeader(
            BinaryPrimitives.ReadInt64BigEndian(bytes[8..]),
            new Guid(bytes[16..32], bigEndian: true),
            BinaryPrimitives.ReadInt32BigEndian(bytes[32..]));
    }

    /// <summary>Writes a frame but for its sequence and checksum, which <see cref="Seal"/> adds.</summary>
    public static void WriteFrame(Span<byte> frame, JournalKey key, FrameKind kind, ReadOnlySpan<byte> content)
    {
        BinaryPrimitives.WriteInt32BigEndian(frame, content.Length);
        key.TopicId.TryWriteBytes(frame[TopicIdAt..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(frame[PartitionAt..], key.Partition);
        frame[KindAt] = (byte)kind;
        content.CopyTo(frame[FrameHeaderBytes..]);
    }

    /// <summary>Completes frames for the file that they go to.</summary>
    public static void Seal(Span<byte> frames, long sequence)
    {
        while (!frames.IsEmpty)
        {
            BinaryPrimitives.WriteInt64BigEndian(frames[SequenceAt..], sequence);
            BinaryPrimitives.WriteUInt32BigEndian(frames[FrameCrcAt..], FrameCrc(frames));
            frames = frames[(FrameHeaderBytes + BinaryPrimitives.ReadInt32BigEndian(frames))..];
        }
    }

    /// <summary>Reads the frame that the bytes begin with. False where they hold no whole and valid one of that sequence.</summary>
    public static bool TryReadFrame(ReadOnlySpan<byte> bytes, long sequence, out JournalFrame frame)
    {
        frame = default;
        if (bytes.Length < FrameHeaderBytes + BatchHeader.Size) return false;
        int length = BinaryPrimitives.ReadInt32BigEndian(bytes);
        if (length < BatchHeader.Size || length > bytes.Length - FrameHeaderBytes) return false;
        if (BinaryPrimitives.ReadInt64BigEndian(bytes[SequenceAt..]) != sequence) return false;
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes[FrameCrcAt..]) != FrameCrc(bytes)) return false;
        var content = bytes.Slice(FrameHeaderBytes, length);
        var key = new JournalKey(new Guid(bytes[TopicIdAt..PartitionAt], bigEndian: true), BinaryPrimitives.ReadInt32BigEndian(bytes[PartitionAt..]));
        BatchHeader.TryRead(content, out var header);
        frame = new JournalFrame(key, (FrameKind)bytes[KindAt], header, content);
        return frame.Kind switch
        {
            FrameKind.Batch => header.TotalBytes == length && header.CrcMatches(content),
            FrameKind.FlushedBatch => length == BatchHeader.Size,
            _ => false,
        };
    }

    /// <summary>Bytes of the frame that the bytes begin with, of which its end may be missing here; 0 where none of that sequence begins.</summary>
    public static int AnnouncedBytes(ReadOnlySpan<byte> bytes, long sequence)
    {
        if (bytes.Length < FrameHeaderBytes + BatchHeader.Size) return 0;
        if (BinaryPrimitives.ReadInt64BigEndian(bytes[SequenceAt..]) != sequence) return 0;
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes[FrameCrcAt..]) != FrameCrc(bytes)) return 0;
        return BinaryPrimitives.ReadInt32BigEndian(bytes) is > 0 and <= int.MaxValue - FrameHeaderBytes and var length ? FrameHeaderBytes + length : 0;
    }

    private static uint FrameCrc(ReadOnlySpan<byte> frame) => Crc32C.Compute(frame[SequenceAt..(FrameHeaderBytes + BatchHeader.Size)]);
}

/// <summary>A frame that was read, its content borrowed from the bytes.</summary>
internal readonly ref struct JournalFrame(JournalKey key, FrameKind kind, BatchHeader header, ReadOnlySpan<byte> content)
{
    public JournalKey Key { get; } = key;

    public FrameKind Kind { get; } = kind;

    public BatchHeader Header { get; } = header;

    public ReadOnlySpan<byte> Content { get; } = content;
}
