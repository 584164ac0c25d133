using Moldau.Log.Files;

namespace Moldau.Log.Tests;

/// <summary>A file system that does not tell upper from lower case, as those of Windows and macOS.</summary>
internal sealed class CaseBlindFiles(IFileStore files) : IFileStore
{
    public bool FileExists(string path) => files.FileExists(Of(path));

    public IStoredFile Open(string path, FileCreation creation) => files.Open(Of(path), creation);

    public void CreateDirectory(string path) => files.CreateDirectory(Of(path));

    public IReadOnlyList<string> FileNames(string directory) => files.FileNames(Of(directory));

    public IReadOnlyList<string> DirectoryNames(string directory) => files.DirectoryNames(Of(directory));

    public void Rename(string from, string to) => files.Rename(Of(from), Of(to));

    public void DeleteFile(string path) => files.DeleteFile(Of(path));

    public void DeleteDirectory(string path) => files.DeleteDirectory(Of(path));

    public void FlushDirectory(string path) => files.FlushDirectory(Of(path));

    public IDisposable Lock(string directory) => files.Lock(Of(directory));

    private static string Of(string path) => path.ToLowerInvariant();
}
