using System.Buffers.Binary;

using Moldau.Log.Files;

namespace Moldau.Log.Segments;

/// <summary>A transaction that was aborted, with the last stable offset as its marker left it.</summary>
internal readonly record struct AbortedTransaction(long ProducerId, long FirstOffset, long LastOffset, long LastStableOffset);

/// <summary>
/// The <c>.txnindex</c> file of a segment, made with the first abort:
/// | version 2 = 0 | producer id 8 | first offset 8 | last offset 8 | last stable offset 8 |.
/// </summary>
internal sealed class AbortedTransactions(IFileStore files, string path) : IDisposable
{
    private const int EntryBytes = 34;

    private IStoredFile? _file;
    private string _path = path;
    private volatile AbortedTransaction[]? _entries;

    public string Path => _file?.Path ?? _path;

    public IReadOnlyList<AbortedTransaction> Entries => _entries ??= Load();

    /// <summary>Whether the file was made since the last flush of its directory; set to false after one.</summary>
    public bool IsNew { get; set; }

    public void Add(AbortedTransaction aborted)
    {
        var before = _entries ?? Load();
        Span<byte> bytes = stackalloc byte[EntryBytes];
        BinaryPrimitives.WriteInt16BigEndian(bytes, 0);
        BinaryPrimitives.WriteInt64BigEndian(bytes[2..], aborted.ProducerId);
        BinaryPrimitives.WriteInt64BigEndian(bytes[10..], aborted.FirstOffset);
        BinaryPrimitives.WriteInt64BigEndian(bytes[18..], aborted.LastOffset);
        BinaryPrimitives.WriteInt64BigEndian(bytes[26..], aborted.LastStableOffset);
        IsNew |= _file is null;
        _file ??= files.Open(_path, FileCreation.IfMissing);
        _file.Write((long)before.Length * EntryBytes, bytes);
        _entries = [.. before, aborted];
    }

    /// <summary>For a replay, which may meet a transaction that the file names already.</summary>
    public void AddOnce(AbortedTransaction aborted)
    {
        if (Entries.All(entry => entry.LastOffset < aborted.LastOffset)) Add(aborted);
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
        _entries = kept[..count];
        _file ??= files.Open(_path, FileCreation.Existing);
        _file.SetLength((long)count * EntryBytes);
    }

    /// <summary>Forgets all entries: recovery finds them again in the batches.</summary>
    public void Reset()
    {
        _entries = [];
        _file?.Dispose();
        _file = null;
        if (files.FileExists(_path)) files.DeleteFile(_path);
    }

    /// <summary>Gives the file, if there is one, another name.</summary>
    public void Rename(string path)
    {
        if (_file is not null) _file.Rename(path);
        else if (files.FileExists(_path)) files.Rename(_path, path);
        _path = path;
    }

    /// <summary>Gives the file the suffix of those that wait for their deletion. What it holds is still known.</summary>
    public void MarkDeleted()
    {
        _entries ??= Load();
        if (!files.FileExists(_path)) return;
        _file ??= files.Open(_path, FileCreation.Existing);
        SegmentFiles.MarkDeleted(files, _file);
    }

    public void Flush() => _file?.Flush();

    public void Dispose() => _file?.Dispose();

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
