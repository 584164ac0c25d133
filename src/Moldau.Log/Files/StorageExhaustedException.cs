namespace Moldau.Log.Files;

/// <summary>
/// There is no room, or no more file handles, or the file system is read-only now. What the file held before still stands, and
/// the same operation may succeed once the cause is gone.
/// </summary>
internal sealed class StorageExhaustedException(string message, Exception? cause = null) : IOException(message, cause)
{
    // The numbers are those of errno, which .NET hands on; Windows has its own.
    private const int TooManyOpenInSystem = 23, TooManyOpen = 24, NoSpace = 28, ReadOnly = 30, QuotaOnMac = 69, Quota = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070), WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>The failure as this kind if it is of it, else as it is.</summary>
    public static IOException Of(IOException failure, string path) => IsExhaustion(failure.HResult)
        ? new StorageExhaustedException($"{path} cannot be opened or written: {failure.Message}", failure)
        : failure;

    private static bool IsExhaustion(int code) => OperatingSystem.IsWindows()
        ? code is WindowsDiskFull or WindowsHandleDiskFull
        : code is TooManyOpenInSystem or TooManyOpen or NoSpace or ReadOnly || code == (OperatingSystem.IsMacOS() ? QuotaOnMac : Quota);
}
