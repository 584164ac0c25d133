using Microsoft.Win32.SafeHandles;

namespace Moldau.Log.Files;

/// <summary>A file of the machine, opened by the first access.</summary>
internal sealed class DiskFile(string path, FileCreation creation) : IStoredFile
{
    private readonly Lock _opening = new();
    private SafeFileHandle? _handle;
    private bool _disposed;

    public string Path => path;

    public long Length => _handle is null && !File.Exists(path) ? 0 : RandomAccess.GetLength(Handle());

    public int Read(long position, Span<byte> buffer)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            int read = RandomAccess.Read(Handle(), buffer[done..], position + done);
            if (read == 0) break;
            done += read;
        }
        return done;
    }

    public void Write(long position, ReadOnlySpan<byte> bytes) => RandomAccess.Write(Handle(), bytes, position);

    public void Flush() => Native.FlushData(Handle());

    public void SetLength(long length) => RandomAccess.SetLength(Handle(), length);

    public void Allocate(long length) => Native.Allocate(Handle(), length);

    public void Dispose()
    {
        lock (_opening)
        {
            _disposed = true;
            _handle?.Dispose();
        }
    }

    private SafeFileHandle Handle() => Volatile.Read(ref _handle) ?? OpenHandle();

    private SafeFileHandle OpenHandle()
    {
        lock (_opening)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_handle is not null) return _handle;
            var mode = creation == FileCreation.IfMissing ? FileMode.OpenOrCreate : FileMode.Open;
            var handle = File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            Volatile.Write(ref _handle, handle);
            return handle;
        }
    }
}
