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
            _nodes[file] = _files.AddLast(file);
            released = _files.Count > filesMax ? TakeUnused() : null;
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

    /// <summary>Files used since they were last looked at get a second chance.</summary>
    private DiskFile TakeUnused()
    {
        while (true)
        {
            var first = _files.First!;
            _files.RemoveFirst();
            if (!first.Value.WasUsed)
            {
                _nodes.Remove(first.Value);
                return first.Value;
            }
            first.Value.WasUsed = false;
            _files.AddLast(first);
        }
    }
}
