using Moldau.Coordination.Groups;

namespace Moldau.Broker.Config;

/// <summary>A setting of all groups of a kind, and its bounds for single ones (<see cref="GroupRules.BoundsOf"/>), as far as there are some.</summary>
internal static class GroupSpan
{
    /// <summary>What the broker began with is within the bounds. What was set since then need not be, and counts as the bound, as in Kafka.</summary>
    public static SettingSpan Read(ConfigLayers layers, string name)
    {
        var (least, most) = GroupRules.BoundsOf(name);
        int min = (int)(layers.OptionalLong(least) ?? 0), max = (int)(layers.OptionalLong(most) ?? int.MaxValue);
        return new(Math.Clamp(layers.Int($"group.{name}"), min, max), min, max);
    }
}
