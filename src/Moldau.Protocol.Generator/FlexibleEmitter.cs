namespace Moldau.Protocol.Generator;

/// <summary>Where a value stands: in the order of the fields, or in the section of tagged fields.</summary>
internal enum FieldForm
{
    Positional,
    Tagged,
}

/// <summary>What reading and writing share about flexible versions and tagged fields (KIP-482).</summary>
internal static class FlexibleEmitter
{
    /// <summary>The expression that says whether this version is flexible.</summary>
    public static string Expression(MessageModel model) => model.Condition(model.Flexible) is { } condition
        ? condition == "false" ? "false" : "flexible"
        : "true";

    public static void Declare(MessageModel model, CodeWriter code)
    {
        if (Expression(model) == "flexible") code.Line($"bool flexible = {model.Condition(model.Flexible)};");
    }

    /// <summary>The expression that says whether a field's length is written in the compact form.</summary>
    public static string Compact(MessageModel model, FieldSpec field) => field.FlexibleVersions is null
        ? Expression(model)
        : model.Condition(VersionRange.Parse(field.FlexibleVersions)) ?? "true";

    /// <summary>Whether the field is ever written in the order of the fields, and under which condition; null means at every version.</summary>
    public static bool PositionalCondition(MessageModel model, FieldSpec field, out string? condition)
    {
        condition = null;
        var versions = VersionRange.Parse(field.Versions).Intersect(model.Valid);
        if (versions.IsEmpty) return false;
        condition = model.Condition(versions);
        if (!TaggedCondition(model, field, out string? tagged)) return true;
        if (tagged is null || VersionRange.Parse(field.TaggedVersions!).Contains(versions)) return false;
        condition = condition is null ? $"!({tagged})" : $"{condition} && !({tagged})";
        return true;
    }

    /// <summary>Whether the field is ever tagged, and under which condition; null means at every version.</summary>
    public static bool TaggedCondition(MessageModel model, FieldSpec field, out string? condition)
    {
        condition = null;
        if (field.TaggedVersions is null) return false;
        var range = VersionRange.Parse(field.TaggedVersions).Intersect(model.Valid);
        if (range.IsEmpty) return false;
        condition = model.Condition(range);
        return true;
    }
}
