using System.Globalization;

namespace Moldau.TestKit.Schemas;

/// <summary>Versions as the table writes them: <c>3</c>, <c>0-5</c>, <c>2+</c>, <c>none</c>.</summary>
internal readonly record struct VersionRange(int Lowest, int Highest)
{
    public static readonly VersionRange None = new(1, 0);

    public bool IsEmpty => Lowest > Highest;

    public bool Contains(int version) => version >= Lowest && version <= Highest;

    public static VersionRange Parse(string? text)
    {
        if (text is null or "none") return None;
        if (text.EndsWith('+')) return new(Number(text[..^1]), short.MaxValue);
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        return dash < 0 ? new(Number(text), Number(text)) : new(Number(text[..dash]), Number(text[(dash + 1)..]));
    }

    public override string ToString() =>
        IsEmpty ? "none" : Highest == short.MaxValue ? $"{Lowest}+" : Lowest == Highest ? $"{Lowest}" : $"{Lowest}-{Highest}";

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
