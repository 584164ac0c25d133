namespace Moldau.Log.Files;

/// <summary>A file in memory: chunks of one size, the first of which starts small, since most files of an idle partition are.</summary>
internal sealed class MemoryFile(string path, Action<long> reserve, Action<string, string> rename) : IStoredFile
{
    private const int ChunkBytes = 64 * 1024;
    private const int SmallestBytes = 256;

    private readonly Lock _lock = new();
    private readonly List<byte[]> _chunks = [];
    private long _length;

    public string Path { get; set; } = path;

    public long Length
    {
        get
        {
            lock (_lock) return _length;
        }
    }

    public int Read(long position, Span<byte> buffer)
    {
        lock (_lock)
        {
            int count = (int)Math.Clamp(_length - position, 0, buffer.Length);
            for (int done = 0; done < count;)
            {
                var from = At(position + done, count - done);
                from.CopyTo(buffer[done..]);
                done += from.Length;
            }
            return count;
        }
    }

    public void Write(long position, ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            GrowTo(position + bytes.Length);
            for (int done = 0; done < bytes.Length;)
            {
                var to = At(position + done, bytes.Length - done);
                bytes.Slice(done, to.Length).CopyTo(to);
                done += to.Length;
            }
        }
    }

    public void Flush()
    {
    }

    public void SetLength(long length)
    {
        lock (_lock)
        {
            if (length > _length) GrowTo(length);
            else ShrinkTo(length);
        }
    }

    public void Rename(string path) => rename(Path, path);

    public void Allocate(long length)
    {
        lock (_lock) GrowTo(length);
    }

    public void Dispose()
    {
    }

    /// <summary>Gives the memory back once no name leads here any more; a reader that still has the file sees it empty.</summary>
    public void Release() => SetLength(0);

    private Span<byte> At(long position, int count)
    {
        byte[] chunk = _chunks[(int)(position / ChunkBytes)];
        int within = (int)(position % ChunkBytes);
        return chunk.AsSpan(within, Math.Min(count, chunk.Length - within));
    }

    private void GrowTo(long length)
    {
        if (length <= _length) return;
        if (_chunks.Count <= 1 && length <= ChunkBytes)
        {
            GrowFirstChunk((int)length);
        }
        else
        {
            GrowFirstChunk(ChunkBytes);
            while ((long)_chunks.Count * ChunkBytes < length)
            {
                reserve(ChunkBytes);
                _chunks.Add(new byte[ChunkBytes]);
            }
        }
        _length = length;
    }

    private void GrowFirstChunk(int length)
    {
        byte[] present = _chunks.Count > 0 ? _chunks[0] : [];
        if (present.Length >= length) return;
        int size = Math.Clamp((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)length), SmallestBytes, ChunkBytes);
        reserve(size - present.Length);
        Array.Resize(ref present, size);
        if (_chunks.Count > 0) _chunks[0] = present;
        else _chunks.Add(present);
    }

    private void ShrinkTo(long length)
    {
        int keep = (int)((length + ChunkBytes - 1) / ChunkBytes);
        for (int i = _chunks.Count - 1; i >= keep; i--)
        {
            reserve(-_chunks[i].Length);
            _chunks.RemoveAt(i);
        }
        // Bytes beyond the end must read as zero when the file grows again.
        if (keep > 0 && length % ChunkBytes is var within && within > 0 && within < _chunks[^1].Length) _chunks[^1].AsSpan((int)within).Clear();
        _length = length;
    }
}
