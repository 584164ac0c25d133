using System.Formats.Tar;
using System.IO.Compression;

namespace Moldau.TestKit;

/// <summary>Files of <c>tests/Fixtures</c>, decompressed as they are read.</summary>
public static class Fixture
{
    public static StreamReader Open(string path) => new(OpenBytes(path));

    public static Stream OpenBytes(string path)
    {
        var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Fixtures", path + ".gz"));
        return new GZipStream(file, CompressionMode.Decompress);
    }

    /// <summary>The bytes of one file in a tar archive.</summary>
    public static byte[] FileIn(string archive, string name)
    {
        using var tar = new TarReader(OpenBytes(archive));
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.Name != name) continue;
            using var bytes = new MemoryStream();
            entry.DataStream!.CopyTo(bytes);
            return bytes.ToArray();
        }
        throw new FileNotFoundException($"{archive} holds no {name}.");
    }

    public static IEnumerable<string> Lines(string path)
    {
        using var reader = Open(path);
        while (reader.ReadLine() is { } line) yield return line;
    }

    /// <summary>The rows of a tab-separated table, without its header.</summary>
    public static IEnumerable<string[]> Table(string path) => Lines(path).Skip(1).Select(line => line.Split('\t'));

    public static string Text(string path)
    {
        using var reader = Open(path);
        return reader.ReadToEnd();
    }
}
