using Moldau.Log.Files;

namespace Moldau.Log.Segments;

/// <summary>How the entries of one kind of index are laid out.</summary>
internal interface IIndexFormat<T>
{
    static abstract int EntryBytes { get; }

    static abstract T Read(ReadOnlySpan<byte> bytes);

    static abstract void Write(Span<byte> bytes, T entry);
}

/// <summary>
/// The entries of an index file. Those of the segment being written stand in memory and go to the file when the segment is
/// rolled or closed; after a crash they are found again in the records. Those of older segments stay in the file and are
/// searched there. One writer, under the partition's lock; readers need none.
/// </summary>
internal sealed class IndexEntries<T, TFormat>(IStoredFile file) : IDisposable
    where TFormat : IIndexFormat<T>
{
    private const int EntryBytesMax = 16;
    private const int FirstCapacity = 4;

    private volatile T[]? _inMemory;
    private int _count;
    private int _saved;

    /// <summary>Whether the file is longer than any index, and so is none.</summary>
    public bool IsTooLong => file.Length > int.MaxValue;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Begins without entries, whatever the file holds.</summary>
    public void StartEmpty()
    {
        Volatile.Write(ref _count, 0);
        _saved = 0;
        _inMemory = [];
    }

    /// <summary>Takes the entries that the file holds. A torn last entry does not count.</summary>
    public void UseFile()
    {
        Volatile.Write(ref _count, (int)(file.Length / TFormat.EntryBytes));
        _saved = _count;
        _inMemory = null;
    }

    /// <summary>Takes the entries that the file holds into memory, up to the first that does not belong.</summary>
    public void UseFileWhile(Func<T, bool> belongs)
    {
        UseFile();
        var entries = Loaded();
        int count = 0;
        while (count < entries.Length && belongs(entries[count])) count++;
        Volatile.Write(ref _count, count);
        _saved = count;
    }

    /// <summary>Takes what the file holds into memory, if it is not there yet, so that adding cannot fail.</summary>
    public void LoadForAppend() => Loaded();

    public void Add(T entry)
    {
        var entries = Loaded();
        if (_count == entries.Length)
        {
            Array.Resize(ref entries, Math.Max(FirstCapacity, _count * 2));
            _inMemory = entries;
        }
        entries[_count] = entry;
        // The entry must stand before the count says so: readers look at the count alone.
        Volatile.Write(ref _count, _count + 1);
    }

    public T this[int index]
    {
        get
        {
            var entries = _inMemory;
            if (entries is not null) return entries[index];
            Span<byte> bytes = stackalloc byte[EntryBytesMax];
            var entry = bytes[..TFormat.EntryBytes];
            if (file.Read((long)index * TFormat.EntryBytes, entry) < entry.Length) throw new EndOfStreamException($"{file.Path} has become shorter.");
            return TFormat.Read(entry);
        }
    }

    /// <summary>Writes what stands in memory only to the file and cuts the file to it.</summary>
    public void Save()
    {
        if (_inMemory is not { } entries) return;
        byte[] bytes = new byte[(_count - _saved) * TFormat.EntryBytes];
        for (int i = _saved; i < _count; i++) TFormat.Write(bytes.AsSpan((i - _saved) * TFormat.EntryBytes), entries[i]);
        if (bytes.Length > 0) file.Write((long)_saved * TFormat.EntryBytes, bytes);
        file.SetLength((long)_count * TFormat.EntryBytes);
        _saved = _count;
    }

    /// <summary>Saves, and leaves the entries to the file: the segment gets no more of them.</summary>
    public void SaveAndRelease()
    {
        Save();
        _inMemory = null;
    }

    public void Flush() => file.Flush();

    public void Dispose() => file.Dispose();

    private T[] Loaded() => _inMemory ?? Load();

    private T[] Load()
    {
        if (_count == 0) return _inMemory = []; // Without making a file that is not there.
        byte[] bytes = new byte[_count * TFormat.EntryBytes];
        int read = file.Read(0, bytes);
        var entries = new T[read / TFormat.EntryBytes];
        for (int i = 0; i < entries.Length; i++) entries[i] = TFormat.Read(bytes.AsSpan(i * TFormat.EntryBytes));
        _inMemory = entries;
        Volatile.Write(ref _count, entries.Length);
        return entries;
    }
}
