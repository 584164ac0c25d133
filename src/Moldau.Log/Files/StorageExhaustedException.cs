namespace Moldau.Log.Files;

/// <summary>
/// There is no room, or no more file handles, or the file system is read-only now. What the file held before still stands, and
/// the same operation may succeed once the cause is gone.
/// </summary>
internal sealed class StorageExhaustedException(string message, Exception? cause = null, StorageLack lack = StorageLack.Room) : IOException(message, cause)
{
    // The numbers are those of errno, which .NET hands on; Windows has its own.
    private const int TooManyOpenInSystem = 23, TooManyOpen = 24, NoSpace = 28, ReadOnly = 30, QuotaOnMac = 69, Quota = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070), WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsTooManyOpen = unchecked((int)0x80070004), WindowsWriteProtected = unchecked((int)0x80070013);

    /// <summary>What is to be had again, which is what a remedy must name.</summary>
    public StorageLack Lack => lack;

    /// <summary>The failure as this kind if it is of it, else as it is.</summary>
    public static IOException Of(IOException failure, string path) => LackIn(failure.HResult) switch
    {
        null => failure,
        StorageLack.WriteAccess => ReadOnlyAt(path, failure),
        var lack => new StorageExhaustedException($"{path} cannot be opened or written: {failure.Message}", failure, lack.Value),
    };

    /// <summary>The file system of a path takes no writes now.</summary>
    public static StorageExhaustedException ReadOnlyAt(string path, Exception? cause = null) =>
        new($"{path} cannot be written: its file system is read-only", cause, StorageLack.WriteAccess);

    private static StorageLack? LackIn(int code) => OperatingSystem.IsWindows() ? LackInWindows(code) : code switch
    {
        TooManyOpenInSystem or TooManyOpen => StorageLack.FileHandles,
        NoSpace => StorageLack.Room,
        ReadOnly => StorageLack.WriteAccess,
        _ => code == (OperatingSystem.IsMacOS() ? QuotaOnMac : Quota) ? StorageLack.Room : null,
    };

    private static StorageLack? LackInWindows(int code) => code switch
    {
        WindowsDiskFull or WindowsHandleDiskFull => StorageLack.Room,
        WindowsTooManyOpen => StorageLack.FileHandles,
        WindowsWriteProtected => StorageLack.WriteAccess,
        _ => null,
    };
}

/// <summary>What a disk lacks for a while.</summary>
internal enum StorageLack
{
    /// <summary>Room for what is to be written, or what the user may take of it.</summary>
    Room,

    /// <summary>Another file handle.</summary>
    FileHandles,

    /// <summary>A file system that can be written: it is mounted read-only, by hand or by the system after a fault.</summary>
    WriteAccess,
}
