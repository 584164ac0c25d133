using System.Globalization;
using System.Text;

namespace Moldau.Broker.Handover;

/// <summary>
/// What is wrong with a text checkpoint, and in which line. Kafka meets a bad number in an entry with another exception than a bad line,
/// and other code catches it.
/// </summary>
internal sealed record CheckpointFault(int Line, string Problem, bool IsNumber);

/// <summary>
/// Reads a text checkpoint by the letter of Kafka's CheckpointFile, which trims nothing: the version, the number of entries, an entry
/// a line, its fields divided by white space.
/// </summary>
internal static class TextCheckpoint
{
    private const string Version = "0";

    private static readonly char[] WhiteSpace = [' ', '\t', '\v', '\f'];

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// The entries up to the first fault, where there is one. Of the fields the last is an offset, so many before it are numbers of 32
    /// bits, and any text may come before those.
    /// </summary>
    public static List<string[]> Read(byte[] bytes, int fieldCount, int intFields, out CheckpointFault? fault)
    {
        var entries = new List<string[]>();
        string text;
        try
        {
            text = StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            fault = new CheckpointFault(1, "It is not text in UTF-8.", IsNumber: false);
            return entries;
        }
        var lines = new StringReader(text);
        fault = ReadHeader(lines, out int announced);
        if (fault is not null || announced < 0) return entries;
        for (int number = 3; lines.ReadLine() is { } line; number++)
        {
            string[] fields = Split(line);
            fault = Judge(fields, number, fieldCount, intFields);
            if (fault is not null) return entries;
            entries.Add(fields);
        }
        if (entries.Count != announced) fault = new CheckpointFault(2, $"It announces {announced} entries and holds {entries.Count}.", IsNumber: false);
        return entries;
    }

    /// <summary>A file that ends before its second line counts as empty.</summary>
    private static CheckpointFault? ReadHeader(StringReader lines, out int announced)
    {
        announced = -1;
        if (lines.ReadLine() is not { } version) return null;
        if (version != Version) return new CheckpointFault(1, $"Its version is '{version}' and must be {Version}.", IsNumber: false);
        if (lines.ReadLine() is not { } count) return null;
        if (TryInt(count, out announced) && announced >= 0) return null;
        announced = -1;
        return new CheckpointFault(2, $"'{count}' stands where the number of its entries must.", IsNumber: false);
    }

    private static CheckpointFault? Judge(string[] fields, int line, int fieldCount, int intFields)
    {
        if (fields.Length != fieldCount) return new CheckpointFault(line, $"The line has {fields.Length} fields and must have {fieldCount}.", IsNumber: false);
        foreach (string field in fields.AsSpan(fieldCount - 1 - intFields, intFields))
        {
            if (!TryInt(field, out _)) return new CheckpointFault(line, $"'{field}' stands where a number must.", IsNumber: true);
        }
        return long.TryParse(fields[^1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
            ? null
            : new CheckpointFault(line, $"'{fields[^1]}' stands where an offset must.", IsNumber: true);
    }

    /// <summary>White space at the beginning makes an empty field, at the end none.</summary>
    private static string[] Split(string line)
    {
        string[] fields = line.Split(WhiteSpace, StringSplitOptions.RemoveEmptyEntries);
        return line.Length > 0 && WhiteSpace.Contains(line[0]) ? ["", .. fields] : fields;
    }

    private static bool TryInt(string text, out int number) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
