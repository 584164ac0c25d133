using Moldau.Log.Files;

namespace Moldau.Broker.Topics;

/// <summary>What an operator can do so that a disk takes what it refuses now.</summary>
internal static class StorageRemedy
{
    public static string Of(Exception cause) => (cause as StorageExhaustedException)?.Lack switch
    {
        StorageLack.FileHandles => "Raise the limit of open files",
        StorageLack.WriteAccess => "Mount the file system read-write again (the system's log says why it is not)",
        _ => "Free some room on the disk",
    };
}
