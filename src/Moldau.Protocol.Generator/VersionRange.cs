using System.Globalization;

namespace Moldau.Protocol.Generator;

/// <summary>A range of message versions as specs write it: <c>3</c>, <c>0-5</c>, <c>2+</c> or <c>none</c>.</summary>
public readonly struct VersionRange(int low, int high)
{
    public static readonly VersionRange None = new(1, 0);

    public int Low { get; } = low;

    public int High { get; } = high;

    public bool IsEmpty => Low > High;

    public bool Contains(VersionRange other) => other.IsEmpty || (Low <= other.Low && High >= other.High);

    public bool Contains(int version) => Low <= version && version <= High;

    public VersionRange Intersect(VersionRange other) => new(Math.Max(Low, other.Low), Math.Min(High, other.High));

    public static bool IsRange(string text) => text == "none" || (text.Length > 0 && char.IsDigit(text[0]));

    public static VersionRange Parse(string text)
    {
        if (text == "none") return None;
        if (text[text.Length - 1] == '+') return new(Number(text.Substring(0, text.Length - 1)), short.MaxValue);
        int dash = text.IndexOf('-');
        return dash < 0 ? new(Number(text), Number(text)) : new(Number(text.Substring(0, dash)), Number(text.Substring(dash + 1)));
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
