using System.Buffers.Binary;

using Moldau.Log.Files;

namespace Moldau.Log.Segments;

/// <summary>A transaction that was aborted, with the last stable offset as its marker left it.</summary>
internal readonly record struct AbortedTransaction(long ProducerId, long FirstOffset, long LastOffset, long LastStableOffset);

/// <summary>
/// The <c>.txnindex</c> file of a segment, made by the first flush after an abort:
/// | version 2 = 0 | producer id 8 | first offset 8 | last offset 8 | last stable offset 8 |.
/// What is added stands in memory until the segment is flushed, so that no marker fails for want of room; after a crash recovery finds it
/// again in the batches. Added to by one thread, saved by another.
/// </summary>
internal sealed class AbortedTransactions(IFileStore files, string path) : IDisposable
{
    private const int EntryBytes = 34;

    private IStoredFile? _file;
    private string _path = path;
    private volatile AbortedTransactionList? _entries;

    public string Path => _file?.Path ?? _path;

    /// <summary>In the order of their markers.</summary>
    public ReadOnlySpan<AbortedTransaction> Entries => Loaded().All;

    /// <summary>Whether the file was made since the last flush of its directory; set to false after one.</summary>
    public bool IsNew { get; set; }

    /// <summary>Takes what the file holds into memory, if it is not there yet.</summary>
    public void LoadForAppend() => Loaded();

    public void Add(AbortedTransaction aborted) => Loaded().Add(aborted);

    /// <summary>For a replay, which may meet a transaction that the file names already. False if it does.</summary>
    public bool AddOnce(AbortedTransaction aborted)
    {
        if (Entries is [.., var last] && last.LastOffset >= aborted.LastOffset) return false;
        Add(aborted);
        return true;
    }

    /// <summary>Keeps the entries of markers before the offset, and cuts the file to them: recovery finds the others again in the batches.</summary>
    public void KeepBefore(long offset)
    {
        var kept = Load();
        int count = 0;
        while (count < kept.Length && kept[count].LastOffset < offset && (count == 0 || kept[count].LastOffset > kept[count - 1].LastOffset)) count++;
        if (count == 0)
        {
            Reset();
            return;
        }
        _file ??= files.Open(_path, FileCreation.Existing);
        _file.SetLength((long)count * EntryBytes);
        _entries = new AbortedTransactionList(kept[..count]) { Saved = count };
    }

    /// <summary>Forgets all entries: recovery finds them again in the batches.</summary>
    public void Reset()
    {
        _entries = new AbortedTransactionList([]);
        _file?.Dispose();
        _file = null;
        if (files.FileExists(_path)) files.DeleteFile(_path);
    }

    /// <summary>Gives the file, if there is one, another name.</summary>
    public void Rename(string path)
    {
        if (Path != path && files.FileExists(Path))
        {
            if (_file is not null) _file.Rename(path);
            else files.Rename(_path, path);
        }
        _path = path;
    }

    /// <summary>Gives the file the suffix of those that wait for their deletion. What it holds is still known.</summary>
    public void MarkDeleted()
    {
        Loaded();
        if (!files.FileExists(_path)) return;
        _file ??= files.Open(_path, FileCreation.Existing);
        SegmentFiles.MarkDeleted(files, _file);
    }

    /// <summary>Writes what stands in memory only, and makes the file durable.</summary>
    public void Flush()
    {
        Save();
        _file?.Flush();
    }

    public void Dispose() => _file?.Dispose();

    private void Save()
    {
        if (_entries is not { } entries) return;
        var unsaved = entries.All[entries.Saved..];
        if (unsaved.IsEmpty) return;
        byte[] bytes = new byte[checked(unsaved.Length * EntryBytes)];
        for (int i = 0; i < unsaved.Length; i++) Write(bytes.AsSpan(i * EntryBytes), unsaved[i]);
        IsNew |= !files.FileExists(_path);
        _file ??= files.Open(_path, FileCreation.IfMissing);
        _file.Write((long)entries.Saved * EntryBytes, bytes);
        entries.Saved += unsaved.Length;
    }

    private static void Write(Span<byte> bytes, AbortedTransaction aborted)
    {
        BinaryPrimitives.WriteInt16BigEndian(bytes, 0);
        BinaryPrimitives.WriteInt64BigEndian(bytes[2..], aborted.ProducerId);
        BinaryPrimitives.WriteInt64BigEndian(bytes[10..], aborted.FirstOffset);
        BinaryPrimitives.WriteInt64BigEndian(bytes[18..], aborted.LastOffset);
        BinaryPrimitives.WriteInt64BigEndian(bytes[26..], aborted.LastStableOffset);
    }

    private AbortedTransactionList Loaded()
    {
        if (_entries is { } present) return present;
        var read = Load();
        var loaded = new AbortedTransactionList(read) { Saved = read.Length };
        // Readers load too: what one of them has read must not take the place of a list to which something was added meanwhile.
        return Interlocked.CompareExchange(ref _entries, loaded, null) ?? loaded;
    }

    private AbortedTransaction[] Load()
    {
        if (!files.FileExists(_path)) return [];
        byte[] bytes = files.ReadAll(_path);
        var entries = new AbortedTransaction[bytes.Length / EntryBytes];
        for (int i = 0; i < entries.Length; i++)
        {
            var entry = bytes.AsSpan(i * EntryBytes, EntryBytes);
            entries[i] = new AbortedTransaction(
                BinaryPrimitives.ReadInt64BigEndian(entry[2..]),
                BinaryPrimitives.ReadInt64BigEndian(entry[10..]),
                BinaryPrimitives.ReadInt64BigEndian(entry[18..]),
                BinaryPrimitives.ReadInt64BigEndian(entry[26..]));
        }
        return entries;
    }
}
