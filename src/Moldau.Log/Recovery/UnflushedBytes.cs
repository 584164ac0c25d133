using System.Buffers;

using Moldau.Log.Files;

namespace Moldau.Log.Recovery;

/// <summary>
/// What a file shows beyond what it is known to hold durably. The former process may have failed to flush it: then the system takes it
/// for written, and no flush brings it to the disk any more, unless it is written again.
/// </summary>
internal static class UnflushedBytes
{
    private const int ChunkBytes = 1024 * 1024;

    /// <summary>Writes the bytes from one position to another as they are.</summary>
    public static void WriteAgain(IStoredFile file, int from, int to)
    {
        byte[] chunk = ArrayPool<byte>.Shared.Rent(Math.Min(ChunkBytes, Math.Max(to - from, 1)));
        try
        {
            while (from < to)
            {
                int count = file.Read(from, chunk.AsSpan(0, Math.Min(chunk.Length, to - from)));
                if (count == 0) throw new EndOfStreamException($"{file.Path} has become shorter.");
                file.Write(from, chunk.AsSpan(0, count));
                from += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }
}
