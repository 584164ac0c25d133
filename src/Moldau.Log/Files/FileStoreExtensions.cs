namespace Moldau.Log.Files;

/// <summary>Whole small files: read in one piece, replaced in one step.</summary>
internal static class FileStoreExtensions
{
    /// <summary>Of a file that is being written to take another's place.</summary>
    public const string TemporarySuffix = ".tmp";

    public static byte[] ReadAll(this IFileStore files, string path)
    {
        using var file = files.Open(path, FileCreation.Existing);
        byte[] bytes = new byte[file.Length];
        int read = file.Read(0, bytes);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    /// <summary>After a crash the file holds either what it held before or these bytes, whole.</summary>
    public static void WriteAtomically(this IFileStore files, string path, ReadOnlySpan<byte> bytes)
    {
        string temporary = path + TemporarySuffix;
        using (var file = files.Open(temporary, FileCreation.IfMissing))
        {
            file.SetLength(0);
            file.Write(0, bytes);
            file.Flush();
        }
        files.Rename(temporary, path);
        files.FlushDirectory(Path.GetDirectoryName(path)!);
    }
}
