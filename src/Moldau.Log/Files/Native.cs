using System.Runtime.InteropServices;

using Microsoft.Win32.SafeHandles;

namespace Moldau.Log.Files;

/// <summary>
/// The calls that .NET lacks: fdatasync, preallocation, fsync of a directory, and the record lock that a JVM sees too.
/// Linux has them all; elsewhere the nearest form of the system or of .NET stands in.
/// </summary>
internal static partial class Native
{
    private const int OpenReadOnly = 0;
    private const int Interrupted = 4; // EINTR on Linux
    private const int NotSupported = 95; // EOPNOTSUPP on Linux
    private const int ZerosBytes = 64 * 1024;
    private const int LockWithoutWaiting = 2; // F_TLOCK, the same number on Linux and macOS

    /// <summary>Makes a file's data, and as much of its metadata as reading it back needs, survive a power cut.</summary>
    public static void FlushData(SafeFileHandle file)
    {
        if (OperatingSystem.IsLinux()) Check(Fdatasync(file), "flush");
        else RandomAccess.FlushToDisk(file); // On macOS this also empties the drive's own cache, which fsync does not.
    }

    /// <summary>Reserves the room up to a length and makes the file that long.</summary>
    public static void Allocate(SafeFileHandle file, long length)
    {
        if (!OperatingSystem.IsLinux())
        {
            if (RandomAccess.GetLength(file) < length) RandomAccess.SetLength(file, length);
            return;
        }
        int error;
        do error = PosixFallocate(file, 0, (nint)length); // Returns the error instead of setting errno.
        while (error == Interrupted);
        if (error == NotSupported) FillWithZeros(file, length);
        else if (error != 0) throw Failure("reserve room", error);
    }

    /// <summary>Reserves room on a file system that knows no other way. What the file holds stays.</summary>
    public static void FillWithZeros(SafeFileHandle file, long length)
    {
        byte[] zeros = new byte[ZerosBytes];
        for (long at = RandomAccess.GetLength(file); at < length; at += ZerosBytes)
        {
            RandomAccess.Write(file, zeros.AsSpan(0, (int)Math.Min(ZerosBytes, length - at)), at);
        }
    }

    /// <summary>Makes the names in a directory survive a power cut. Windows journals them by itself.</summary>
    public static void FlushDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        int directory = Open(path, OpenReadOnly);
        if (directory < 0) throw StorageExhaustedException.Of(Failure($"open directory {path}", Marshal.GetLastPInvokeError()), path);
        try
        {
            if (Fsync(directory) < 0) throw Failure($"flush directory {path}", Marshal.GetLastPInvokeError());
        }
        finally
        {
            _ = Close(directory);
        }
    }

    /// <summary>
    /// Takes the lock of a whole file without waiting. lockf is fcntl's record lock, the kind that a JVM takes; closing any
    /// handle of the file in this process gives it up. On Windows the handle itself, opened without sharing, is the lock.
    /// </summary>
    public static bool TryLock(SafeFileHandle file) =>
        OperatingSystem.IsWindows() || Lockf(file, LockWithoutWaiting, 0) == 0;

    private static void Check(int result, string what)
    {
        if (result != 0) throw Failure(what, Marshal.GetLastPInvokeError());
    }

    private static IOException Failure(string what, int error) =>
        new($"The disk could not {what}: {Marshal.GetPInvokeErrorMessage(error)} (error {error}).", error);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int Fdatasync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int PosixFallocate(SafeFileHandle file, nint offset, nint length);

    [LibraryImport("libc", EntryPoint = "lockf", SetLastError = true)]
    private static partial int Lockf(SafeFileHandle file, int command, nint length);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int file);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int file);
}
