using System.Globalization;

namespace Moldau.Broker.Config;

/// <summary>A value that fits its key's type. <see cref="Text"/> is the canonical form, which DescribeConfigs shows.</summary>
internal readonly record struct ConfigValue
{
    private ConfigValue(string text) => Text = text;

    public string Text { get; private init; }

    /// <summary>The value of a number; null for other types.</summary>
    public double? Number { get; private init; }

    /// <summary>The elements of a list; null for other types.</summary>
    public string[]? Elements { get; private init; }

    /// <summary>Reads and checks a value. The refusal names the key, what was given and what is allowed, and never a secret.</summary>
    public static bool TryParse(ConfigKey key, string text, out ConfigValue value, out string refusal)
    {
        string trimmed = key.Type == ConfigType.Password ? text : text.Trim();
        string? wanted = null;
        if (Read(key.Type, trimmed) is { } read) (value, wanted) = (read, key.Rule.Violation(read));
        else (value, wanted) = (default, TypeName(key.Type));
        refusal = wanted is null ? "" : $"{key.Name} must be {wanted}, but is {(key.IsSensitive ? "not" : Quote(text))}.";
        return wanted is null;
    }

    /// <summary>The canonical form of a value that was stored as it was given; what does not fit its key any more stays as it is.</summary>
    public static string Canonical(ConfigKey key, string text) => TryParse(key, text, out var value, out _) ? value.Text : text;

    /// <summary>The number types have Java's bounds: they are what clients and files are written for.</summary>
    private static ConfigValue? Read(ConfigType type, string text) => type switch
    {
        ConfigType.Boolean when text.Equals("true", StringComparison.OrdinalIgnoreCase) => new("true"),
        ConfigType.Boolean when text.Equals("false", StringComparison.OrdinalIgnoreCase) => new("false"),
        ConfigType.Boolean => null,
        ConfigType.Short => Whole(text, short.MinValue, short.MaxValue),
        ConfigType.Int => Whole(text, int.MinValue, int.MaxValue),
        ConfigType.Long => Whole(text, long.MinValue, long.MaxValue),
        ConfigType.Double => Fraction(text),
        ConfigType.List => List(text),
        _ => new(text),
    };

    private static ConfigValue? Whole(string text, long min, long max) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= min && number <= max
            ? new(number.ToString(CultureInfo.InvariantCulture)) { Number = number }
            : null;

    private static ConfigValue? Fraction(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? new(text) { Number = number }
            : null;

    private static ConfigValue List(string text)
    {
        string[] elements = text.Length == 0 ? [] : text.Split(',', StringSplitOptions.TrimEntries);
        return new(string.Join(',', elements)) { Elements = elements };
    }

    private static string TypeName(ConfigType type) => type switch
    {
        ConfigType.Boolean => "true or false",
        ConfigType.Short => "a whole number from -32768 to 32767",
        ConfigType.Int => "a whole number of 32 bits",
        ConfigType.Long => "a whole number of 64 bits",
        _ => "a number",
    };

    private static string Quote(string text) => text.Length <= 100 ? $"'{text}'" : $"'{text[..100]}...'";
}
