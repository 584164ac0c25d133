using Microsoft.Win32.SafeHandles;

namespace Moldau.Log.Files;

/// <summary>
/// A file of the machine. Its handle is opened by the first access, and may be closed at any time to make room for others: the
/// next access opens it again.
/// </summary>
internal sealed class DiskFile(string path, FileCreation creation, OpenFiles openFiles) : IStoredFile
{
    private readonly Lock _opening = new();
    private volatile string _path = path;
    private SafeFileHandle? _handle;
    private readonly Lock _flushing = new();
    private volatile IOException? _lostWrites;
    private volatile bool _isDirty;
    private bool _disposed;

    public string Path => _path;

    public long Length => Volatile.Read(ref _handle) is null && !File.Exists(_path) ? 0 : Use(RandomAccess.GetLength);

    /// <summary>Whether the file was accessed since the last time that this was set to false.</summary>
    public bool WasUsed { get; set; }

    /// <summary>Whether it has a handle now.</summary>
    public bool IsOpen => Volatile.Read(ref _handle) is not null;

    /// <summary>Whether it may have writes that no flush has made durable.</summary>
    public bool IsDirty => _isDirty;

    public int Read(long position, Span<byte> buffer)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            int read = ReadOnce(position + done, buffer[done..]);
            if (read == 0) break;
            done += read;
        }
        return done;
    }

    public void Write(long position, ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            var handle = Handle();
            _isDirty = true;
            try
            {
                RandomAccess.Write(handle, bytes, position);
                _isDirty = true; // Again: a release may have flushed the file in between, without these bytes.
                return;
            }
            catch (ObjectDisposedException) when (WasReleased(handle))
            {
            }
            catch (IOException e)
            {
                throw StorageExhaustedException.Of(e, _path);
            }
        }
    }

    public void Flush()
    {
        // A release that fails at the same time takes the system's only word of the loss.
        lock (_flushing)
        {
            if (_lostWrites is { } failure) throw new IOException(failure.Message, failure);
            Use(handle =>
            {
                Flush(handle);
                return true;
            });
        }
    }

    public void SetLength(long length) => Change(handle =>
    {
        _isDirty = true;
        RandomAccess.SetLength(handle, length);
        _isDirty = true; // As above.
    });

    public void Allocate(long length) => Change(handle => Native.Allocate(handle, length));

    public void Rename(string path)
    {
        // No handle is opened meanwhile; one that is open stays good.
        lock (_opening)
        {
            try
            {
                File.Move(_path, path, overwrite: true);
            }
            catch (IOException e)
            {
                throw StorageExhaustedException.Of(e, _path);
            }
            catch (UnauthorizedAccessException e)
            {
                throw new IOException($"{_path} cannot be renamed: {e.Message}", e);
            }
            _path = path;
        }
    }

    /// <summary>
    /// Closes the handle until the next access. What is under way with it ends undisturbed. The system may tell only those who have
    /// the file open that it could not write, so writes are flushed first; that they were lost, the next flush says.
    /// </summary>
    public void Release()
    {
        lock (_flushing)
        {
            using var handle = Interlocked.Exchange(ref _handle, null);
            if (handle is null || !_isDirty) return;
            try
            {
                Flush(handle);
            }
            catch (IOException e)
            {
                _lostWrites = e;
            }
        }
    }

    public void Dispose()
    {
        lock (_opening)
        {
            _disposed = true;
            Interlocked.Exchange(ref _handle, null)?.Dispose();
        }
        openFiles.Remove(this);
    }

    private void Flush(SafeFileHandle handle)
    {
        _isDirty = false; // Before: what is written meanwhile makes it dirty again.
        try
        {
            Native.FlushData(handle);
        }
        catch
        {
            _isDirty = true;
            throw;
        }
    }

    private int ReadOnce(long position, Span<byte> buffer)
    {
        while (true)
        {
            var handle = Handle();
            try
            {
                return RandomAccess.Read(handle, buffer, position);
            }
            catch (ObjectDisposedException) when (WasReleased(handle))
            {
            }
        }
    }

    private void Change(Action<SafeFileHandle> change) => Use(handle =>
    {
        try
        {
            change(handle);
        }
        catch (IOException e)
        {
            throw StorageExhaustedException.Of(e, _path);
        }
        return true;
    });

    private T Use<T>(Func<SafeFileHandle, T> action)
    {
        while (true)
        {
            var handle = Handle();
            try
            {
                return action(handle);
            }
            catch (ObjectDisposedException) when (WasReleased(handle))
            {
            }
        }
    }

    /// <summary>Whether the handle was closed to make room between taking and using it.</summary>
    private bool WasReleased(SafeFileHandle handle) => !_disposed && handle.IsClosed;

    private SafeFileHandle Handle()
    {
        WasUsed = true;
        return Volatile.Read(ref _handle) ?? OpenHandle();
    }

    private SafeFileHandle Open(FileMode mode)
    {
        try
        {
            return File.OpenHandle(_path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (IOException e)
        {
            throw StorageExhaustedException.Of(e, _path);
        }
        catch (UnauthorizedAccessException e)
        {
            // A failure of the medium like any other, as far as the log is concerned.
            throw new IOException($"{_path} cannot be opened for writing: {e.Message}", e);
        }
    }

    private SafeFileHandle OpenHandle()
    {
        SafeFileHandle handle;
        lock (_opening)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_handle is not null) return _handle;
            var mode = creation == FileCreation.IfMissing ? FileMode.OpenOrCreate : FileMode.Open;
            handle = Open(mode);
            Volatile.Write(ref _handle, handle);
        }
        openFiles.Add(this);
        if (Volatile.Read(ref _disposed)) openFiles.Remove(this);
        return handle;
    }
}
