namespace Moldau.Log.Files;

/// <summary>
/// All that the log engine asks of a file system. The disk, the memory and the tests' simulated disk stand behind it.
/// A failure of the medium is an <see cref="IOException"/>; one that passes, a <see cref="StorageExhaustedException"/>.
/// </summary>
internal interface IFileStore
{
    bool FileExists(string path);

    /// <summary>
    /// Opens a file for reading and writing. Nothing is touched until the first access, so that an idle partition holds no
    /// handle.
    /// </summary>
    IStoredFile Open(string path, FileCreation creation);

    /// <summary>Makes the directory and those above it that are missing.</summary>
    void CreateDirectory(string path);

    /// <summary>Names, without their path, of the files in a directory; empty if there is no such directory.</summary>
    IReadOnlyList<string> FileNames(string directory);

    /// <summary>Names, without their path, of the directories in a directory; empty if there is no such directory.</summary>
    IReadOnlyList<string> DirectoryNames(string directory);

    /// <summary>Gives a file or directory another name; a file that has it already is replaced in one step.</summary>
    void Rename(string from, string to);

    void DeleteFile(string path);

    /// <summary>Deletes a directory with all that it holds.</summary>
    void DeleteDirectory(string path);

    /// <summary>
    /// Makes creations, deletions and new names in a directory survive a power cut. Which of them do without it nobody knows: not every
    /// file system keeps their order.
    /// </summary>
    void FlushDirectory(string path);

    /// <summary>When a file was written to last, by the clock of the system; null if it is not there, or in a store that does not know.</summary>
    long? LastWrittenMs(string path) => null;

    /// <summary>Lets a file look as if it had been written to last at that time, in a store that knows such times.</summary>
    void SetLastWritten(string path, long timeMs)
    {
    }

    /// <summary>
    /// Locks a directory for this process until the result is disposed. Throws <see cref="DirectoryInUseException"/> if another
    /// holds it.
    /// </summary>
    IDisposable Lock(string directory);
}

/// <summary>Whether opening may make the file.</summary>
internal enum FileCreation
{
    /// <summary>The file must be there by the first access.</summary>
    Existing,

    /// <summary>The file is made by the first access if it is not there.</summary>
    IfMissing,
}

/// <summary>One file. Reads may run beside each other and beside one write.</summary>
internal interface IStoredFile : IDisposable
{
    string Path { get; }

    long Length { get; }

    /// <summary>Fills as much of the buffer as there are bytes from the position on, and says how many.</summary>
    int Read(long position, Span<byte> buffer);

    /// <summary>
    /// Writes all bytes, or throws. What was written is visible to reads at once and survives the process, not a power cut.
    /// </summary>
    void Write(long position, ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Makes what was written survive a power cut (fdatasync). After a failure nothing may be assumed of what was written since
    /// the last success.
    /// </summary>
    void Flush();

    void SetLength(long length);

    /// <summary>
    /// Gives the file another name in one step, in place of a file that has it. Reads that run beside it are undisturbed.
    /// </summary>
    void Rename(string path);

    /// <summary>Reserves room up to the length, so that later writes neither fail for want of it nor change the file's size.</summary>
    void Allocate(long length);
}

/// <summary>Another process, or another part of this one, has the directory open.</summary>
internal sealed class DirectoryInUseException(string directory)
    : IOException($"{directory} is in use by another broker. Stop that one, or give this one a directory of its own.");
