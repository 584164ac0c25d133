using System.Net.Sockets;
using Moldau.Broker.Topics;
using Moldau.Log;
using Moldau.Log.Checkpoints;
using Moldau.Log.Files;
using Moldau.Log.Journaling;

namespace Moldau.Cli.Commands;

/// <summary>Why <c>moldau up</c> could not start, with the remedy.</summary>
internal static class StartFailure
{
    // The system's numbers, the same on Linux and macOS.
    private const int AlreadyExists = 17; // EEXIST
    private const int NoDirectory = 20; // ENOTDIR

    private const int OwnWords = unchecked((int)0x80131620); // COR_E_IO: no call to the system has failed.

    /// <summary>Null for what nobody has foreseen.</summary>
    public static CommandFailure? Explain(Exception e) => e switch
    {
        ArgumentException => new CommandFailure(e.Message.Split(Environment.NewLine), "Nothing was started."),
        IOException { InnerException: SocketException refused } => new CommandFailure(e.Message, RemedyOf(refused.SocketErrorCode)),
        UnsuitableClusterException cluster => new CommandFailure(cluster.Reason, cluster.Remedy),
        DirectoryInUseException => new CommandFailure(e.Message, "--data DIR takes another directory."),
        JournalMissingException => new CommandFailure(e.Message, "Nothing was changed."),
        CheckpointFormatException => new CommandFailure(
            e.Message, "The file is damaged, or another program's. Put back a copy of the directory, or take another with --data DIR."),
        IOException { HResult: AlreadyExists or NoDirectory } => new CommandFailure(
            e.Message, "A file is where a directory belongs. Move it away, or take another directory with --data DIR."),
        LegacyFormatException => new CommandFailure(e.Message, "--data DIR takes another directory."),
        UnauthorizedAccessException => new CommandFailure(e.Message, "Make the directory yours to write, or choose another with --data DIR."),
        StorageExhaustedException { Lack: StorageLack.FileHandles } => new CommandFailure(e.Message, $"{StorageRemedy.Of(e)} (ulimit -n)."),
        StorageExhaustedException => new CommandFailure(e.Message, $"{StorageRemedy.Of(e)}, or choose a directory on another disk with --data DIR."),
        IOException when IsOfContents(e) => new CommandFailure(
            e.Message, "`moldau handover --check DIR` says, file by file, what is wrong. Put back a copy of the directory, or take another with --data DIR."),
        IOException => new CommandFailure(e.Message, "Can this disk be read and written, and is there room on it? --data DIR takes another directory."),
        _ => null,
    };

    /// <summary>What was read makes no sense, and the disk has done its part.</summary>
    private static bool IsOfContents(Exception e) => e.HResult == OwnWords && e.InnerException is not (IOException or UnauthorizedAccessException);

    private static string RemedyOf(SocketError refusal) => refusal switch
    {
        SocketError.AddressAlreadyInUse =>
            "Another broker may be running: stop that, or choose other ports (--port, --sasl-port); 0 takes any free one.",
        SocketError.AccessDenied => "Ports below 1024 need a right that this user does not have: choose others (--port, --sasl-port).",
        SocketError.AddressNotAvailable => "The address must be one of this machine's own; look at listeners in the configuration.",
        _ => "Choose another host or port for the listener.",
    };
}
