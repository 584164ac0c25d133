using System.Globalization;

namespace Moldau.Coordination.Groups;

/// <summary>A number that is set for all groups, and the bounds within which a group may have another.</summary>
internal readonly record struct SettingSpan(int Value, int Min, int Max)
{
    /// <summary>What was set under other bounds, or does not fit, is brought within these. It is as it was given, with spaces around it perhaps.</summary>
    public SettingSpan Or(string? own) =>
        int.TryParse(own, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value)
            ? this with { Value = Math.Min(Math.Max(value, Min), Max) }
            : this;
}
