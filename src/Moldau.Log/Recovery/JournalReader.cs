using System.Buffers;

using Moldau.Log.Files;
using Moldau.Log.Journaling;

namespace Moldau.Log.Recovery;

/// <summary>Takes a frame that a reader found.</summary>
internal delegate void FrameFound(in JournalFrame frame);

/// <summary>Reads the frames of a journal file up to the first that is not whole: what follows was never acknowledged.</summary>
internal static class JournalReader
{
    private const int ChunkBytes = 1024 * 1024;

    public static JournalHeader? ReadHeader(IStoredFile file)
    {
        Span<byte> bytes = stackalloc byte[JournalFormat.HeaderBytes];
        return JournalFormat.ReadHeader(bytes[..file.Read(0, bytes)]);
    }

    public static void ReadFrames(IStoredFile file, long sequence, FrameFound found)
    {
        long length = file.Length;
        long position = JournalFormat.FramesAt;
        int wanted = ChunkBytes;
        while (position < length)
        {
            wanted = (int)Math.Min(wanted, length - position);
            byte[] chunk = ArrayPool<byte>.Shared.Rent(wanted);
            int taken, announced;
            try
            {
                int count = file.Read(position, chunk.AsSpan(0, wanted));
                taken = Take(chunk.AsSpan(0, count), sequence, found);
                announced = taken > 0 ? ChunkBytes : JournalFormat.AnnouncedBytes(chunk.AsSpan(0, count), sequence);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(chunk);
            }
            // A frame larger than the chunk is looked at again, whole. Where none begins, or it is not valid, the frames end.
            if (taken == 0 && (announced <= wanted || announced > length - position)) return;
            position += taken;
            wanted = announced;
        }
    }

    private static int Take(ReadOnlySpan<byte> chunk, long sequence, FrameFound found)
    {
        int taken = 0;
        while (JournalFormat.TryReadFrame(chunk[taken..], sequence, out var frame))
        {
            found(frame);
            taken += JournalFormat.FrameHeaderBytes + frame.Content.Length;
        }
        return taken;
    }
}
