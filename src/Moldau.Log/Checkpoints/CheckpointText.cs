using System.Globalization;
using System.Text;

namespace Moldau.Log.Checkpoints;

/// <summary>The frame that Kafka's text checkpoints share: version, count, lines of fields set apart by blanks.</summary>
internal static class CheckpointText
{
    private const char Version = '0';

    public static string Compose(List<string> lines)
    {
        var text = new StringBuilder();
        text.Append(Version).Append('\n').Append(CultureInfo.InvariantCulture, $"{lines.Count}\n");
        foreach (string line in lines) text.Append(line).Append('\n');
        return text.ToString();
    }

    /// <summary>Whether it ends before its second line does begin: as Kafka does, it is taken for one that says nothing.</summary>
    public static bool IsUnfinished(ReadOnlySpan<byte> bytes) => bytes.IsEmpty || bytes is [(byte)Version] or [(byte)Version, (byte)'\n'];

    /// <summary>The fields of each line, all of them checked to be there.</summary>
    public static IEnumerable<string[]> Lines(string path, ReadOnlySpan<byte> bytes, int fieldCount)
    {
        if (IsUnfinished(bytes)) return [];
        string[] lines = Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length < 2 || lines[0] is not [Version])
        {
            throw new CheckpointFormatException(path, "it does not begin with version 0 and a count");
        }
        if (Number(path, lines[1]) != lines.Length - 2)
        {
            throw new CheckpointFormatException(path, $"it announces {lines[1]} lines and has {lines.Length - 2}");
        }
        return lines.Skip(2).Select(line => Fields(path, line, fieldCount)).ToList();
    }

    public static long Number(string path, string field) =>
        long.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new CheckpointFormatException(path, $"'{field}' stands where a number must");

    private static string[] Fields(string path, string line, int fieldCount)
    {
        string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length == fieldCount
            ? fields
            : throw new CheckpointFormatException(path, $"the line '{line}' does not have {fieldCount} fields");
    }
}
