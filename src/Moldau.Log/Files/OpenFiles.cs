namespace Moldau.Log.Files;

/// <summary>Bounds how many handles are open: beyond it the file that was not used for longest, roughly, gives its handle up.</summary>
internal sealed class OpenFiles(int filesMax)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<DiskFile> _files = [];
    private readonly Dictionary<DiskFile, LinkedListNode<DiskFile>> _nodes = [];

    public int Count
    {
        get
        {
            lock (_lock) return _files.Count;
        }
    }

    public void Add(DiskFile file)
    {
        DiskFile? released;
        lock (_lock)
        {
            if (_nodes.ContainsKey(file)) return;
            released = _files.Count >= filesMax ? TakeUnused() : null; // Never the new one: it is about to be used.
            _nodes[file] = _files.AddLast(file);
        }
        released?.Release();
    }

    public void Remove(DiskFile file)
    {
        lock (_lock)
        {
            if (_nodes.Remove(file, out var node)) _files.Remove(node);
        }
    }

    /// <summary>
    /// Files used since they were last looked at get a second chance. One with writes that are not flushed must be flushed before it
    /// is closed, so it is taken only where there is no other.
    /// </summary>
    private DiskFile TakeUnused()
    {
        for (int looks = 2 * _files.Count; looks > 0; looks--)
        {
            var first = _files.First!;
            if (!first.Value.WasUsed && !first.Value.IsDirty) break;
            first.Value.WasUsed = false;
            _files.RemoveFirst();
            _files.AddLast(first);
        }
        var file = _files.First!.Value;
        _files.RemoveFirst();
        _nodes.Remove(file);
        return file;
    }
}
