using System.Globalization;

namespace Moldau.Cli.Analyses;

/// <summary>
/// The memory of a rolling mean in the metadata of an offset commit: <c>moldau-window 1 TIMESTAMP/PARTITION/OFFSET NUMBER NUMBER ...</c>,
/// the place of the last message that counts and the numbers, oldest first. Every partition of a commit carries the same text.
/// </summary>
internal sealed record SavedWindow(Place Last, IReadOnlyList<double> Numbers)
{
    private const string Mark = "moldau-window";
    private const string Version = "1";
    private const int FieldsBeforeNumbers = 3;

    public static SavedWindow Empty { get; } = new(Place.BeforeAll, []);

    public string ToText()
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"{Last.TimestampMs}/{Last.Partition}/{Last.Offset}");
        // The shortest text of a double gives back the same double.
        return string.Join(' ', [Mark, Version, place, .. Numbers.Select(n => n.ToString("R", CultureInfo.InvariantCulture))]);
    }

    /// <summary>After a rebalance the partitions may come from several members: the window that reaches furthest wins.</summary>
    public static SavedWindow Newest(IEnumerable<string> texts)
    {
        var newest = Empty;
        foreach (string text in texts)
        {
            if (Parse(text) is { } window && window.Last > newest.Last)
            {
                newest = window;
            }
        }

        return newest;
    }

    /// <summary>Null for metadata of another program, which is no error: the group may have been used before.</summary>
    public static SavedWindow? Parse(string text)
    {
        string[] fields = text.Split(' ');
        if (fields.Length < FieldsBeforeNumbers || fields[0] != Mark || fields[1] != Version || ParsePlace(fields[2]) is not { } last)
        {
            return null;
        }

        var numbers = new List<double>(fields.Length - FieldsBeforeNumbers);
        foreach (string field in fields.AsSpan(FieldsBeforeNumbers))
        {
            if (!RollingMean.TryParse(field, out double number))
            {
                return null;
            }

            numbers.Add(number);
        }

        return new SavedWindow(last, numbers);
    }

    private static Place? ParsePlace(string text)
    {
        string[] parts = text.Split('/');
        var culture = CultureInfo.InvariantCulture;
        return parts.Length == 3
            && long.TryParse(parts[0], NumberStyles.AllowLeadingSign, culture, out long timestampMs)
            && int.TryParse(parts[1], NumberStyles.None, culture, out int partition)
            && long.TryParse(parts[2], NumberStyles.None, culture, out long offset)
            ? new Place(timestampMs, partition, offset)
            : null;
    }
}
