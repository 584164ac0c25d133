using System.Globalization;

namespace Moldau.Broker.Config;

/// <summary>Which values of a key's type are valid. <see cref="Describe"/> gives Kafka's own notation.</summary>
internal abstract record ConfigRule
{
    /// <summary>Null when the value is valid, else what is allowed, as the end of a sentence that begins "must be".</summary>
    public abstract string? Violation(ConfigValue value);

    public abstract string Describe();

    /// <summary>Reads the short form that the key files use.</summary>
    public static ConfigRule Parse(string text) => text switch
    {
        "-" => AnyValue.Instance,
        "list" => new DistinctList(),
        "not-null" => new NotEmpty(NotEmptyKind.String, NotEmptyStrictness.MayBeEmpty),
        "not-empty" => new NotEmpty(NotEmptyKind.String, NotEmptyStrictness.MustHaveContent),
        "not-empty-list" => new NotEmpty(NotEmptyKind.List, NotEmptyStrictness.MustHaveContent),
        "replicas" => new ThrottledReplicas(),
        "offset-reset" => new OffsetReset(),
        "address-limits" => new AddressLimits(),
        "no-internal-topic" => new NoInternalTopic(),
        _ when text[0] == '~' => new UntoldRule(Parse(text[1..])),
        _ when text.StartsWith("list{", StringComparison.Ordinal) => new ChoiceList(text["list{".Length..^1].Split('|')),
        _ when text[0] == '{' => OneOf.ParseSet(text),
        _ => NumberRange.ParseRange(text),
    };
}

internal sealed record AnyValue : ConfigRule
{
    public static readonly AnyValue Instance = new();

    public override string? Violation(ConfigValue value) => null;

    public override string Describe() => "-";
}

/// <summary>A rule that Kafka has, but does not tell of: it is applied when all settings are read.</summary>
internal sealed record UntoldRule(ConfigRule Rule) : ConfigRule
{
    public override string? Violation(ConfigValue value) => Rule.Violation(value);

    public override string Describe() => AnyValue.Instance.Describe();
}

/// <summary>A number from Min to Max, both included, or the one exception.</summary>
internal sealed record NumberRange(double Min, double Max, double? Exception, string Notation) : ConfigRule
{
    public static NumberRange ParseRange(string text)
    {
        var (exception, range) = text.Split('|') is [var first, var rest] ? (first, rest) : (null, text);
        int dots = range.IndexOf("..", StringComparison.Ordinal);
        string low = range[..dots], high = range[(dots + 2)..];
        string notation = (high.Length == 0 ? $"[{low},...]" : $"[{low},...,{high}]") + (exception is null ? "" : $" or {exception}");
        double max = high.Length == 0 ? double.PositiveInfinity : Number(high);
        return new(Number(low), max, exception is null ? null : Number(exception), notation);
    }

    // Comparing as doubles is exact here: no bound of the table lies near 2^53 or above it.
    public override string? Violation(ConfigValue value)
    {
        if (value.Number is not { } number || (number >= Min && number <= Max) || number == Exception) return null;
        string range = double.IsPositiveInfinity(Max) ? $"{Text(Min)} or more" : $"from {Text(Min)} to {Text(Max)}";
        return Exception is { } other ? $"{range}, or {Text(other)}" : range;
    }

    public override string Describe() => Notation;

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A value, or every element of a list, out of a set.</summary>
internal sealed record OneOf(string[] Allowed, StringComparison Comparison) : ConfigRule
{
    public static OneOf ParseSet(string text)
    {
        int end = text.IndexOf('}', StringComparison.Ordinal);
        bool ignoresCase = text.EndsWith('i');
        return new(text[1..end].Split('|'), ignoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
    }

    public override string? Violation(ConfigValue value)
    {
        string[] elements = value.Elements ?? [value.Text];
        bool valid = elements.All(element => Array.Exists(Allowed, allowed => allowed.Equals(element, Comparison)));
        if (valid) return null;
        return (value.Elements is null ? "one of " : "a list of ") + string.Join(", ", Allowed);
    }

    public override string Describe() =>
        (Comparison == StringComparison.Ordinal ? "" : "(case insensitive) ") + "[" + string.Join(", ", Allowed) + "]";
}

/// <summary>A list that names nothing twice and has no gaps. Kafka's validator of this kind prints nothing.</summary>
internal sealed record DistinctList : ConfigRule
{
    public override string? Violation(ConfigValue value)
    {
        if (value.Elements is not { } elements) return null;
        bool isValid = !elements.Contains("") && elements.Distinct(StringComparer.Ordinal).Count() == elements.Length;
        return isValid ? null : "a list that names nothing twice and has no empty elements";
    }

    public override string Describe() => "<ValidList>";
}

/// <summary>A list of some of what there is to choose, in the order of preference.</summary>
internal sealed record ChoiceList(string[] Choices) : ConfigRule
{
    public override string? Violation(ConfigValue value)
    {
        if (value.Elements is not { } elements) return null;
        bool isValid = elements.Length > 0 && elements.All(Choices.Contains) && elements.Distinct(StringComparer.Ordinal).Count() == elements.Length;
        return isValid ? null : $"a list out of {string.Join(", ", Choices)}, not empty and naming nothing twice";
    }

    public override string Describe() => new DistinctList().Describe();
}

internal enum NotEmptyKind
{
    String,
    List,
}

internal enum NotEmptyStrictness
{
    MayBeEmpty,
    MustHaveContent,
}

internal sealed record NotEmpty(NotEmptyKind Kind, NotEmptyStrictness Strictness) : ConfigRule
{
    public override string? Violation(ConfigValue value) =>
        Strictness == NotEmptyStrictness.MustHaveContent && value.Text.Length == 0 ? "not empty" : null;

    public override string Describe() => (Kind, Strictness) switch
    {
        (NotEmptyKind.List, _) => "non-empty list",
        (_, NotEmptyStrictness.MayBeEmpty) => "non-null string",
        _ => "non-empty string",
    };
}

/// <summary>Replicas to slow down: <c>partition:broker</c> pairs, or <c>*</c> for all.</summary>
internal sealed record ThrottledReplicas : ConfigRule
{
    public override string? Violation(ConfigValue value)
    {
        if (value.Elements is not { } elements || elements is ["*"]) return null;
        return elements.All(IsPair) ? null : "* or pairs of partition and broker, such as 0:1,1:1";
    }

    public override string Describe() => "[partitionId]:[brokerId],[partitionId]:[brokerId],...";

    private static bool IsPair(string element) =>
        element.Split(':') is [var partition, var broker] && int.TryParse(partition, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        && int.TryParse(broker, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}

/// <summary>A topic of users, not one of the cluster's own.</summary>
internal sealed record NoInternalTopic : ConfigRule
{
    private const string Form = "a name that does not begin with __";

    public override string? Violation(ConfigValue value) => value.Text.StartsWith("__", StringComparison.Ordinal) ? Form : null;

    public override string Describe() => Form;
}

/// <summary>Where a share group begins: an end of the log, or so long ago as an ISO 8601 duration says.</summary>
internal sealed record OffsetReset : ConfigRule
{
    private const string DurationPrefix = "by_duration:";

    public override string? Violation(ConfigValue value) =>
        value.Text is "latest" or "earliest" || IsDuration(value.Text) ? null : "latest, earliest or by_duration:PnDTnHnMn.nS";

    public override string Describe() => "[latest, earliest, by_duration:PnDTnHnMn.nS]";

    private static bool IsDuration(string text)
    {
        if (!text.StartsWith(DurationPrefix, StringComparison.Ordinal)) return false;
        try
        {
            return System.Xml.XmlConvert.ToTimeSpan(text[DurationPrefix.Length..]) >= TimeSpan.Zero;
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return false;
        }
    }
}
