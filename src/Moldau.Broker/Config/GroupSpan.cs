using Moldau.Coordination.Groups;

namespace Moldau.Broker.Config;

/// <summary>A setting of all groups of a kind, group.KIND.NAME, and its bounds for single ones: group.KIND.min.NAME and group.KIND.max.NAME.</summary>
internal static class GroupSpan
{
    /// <summary>What the broker began with is within the bounds. What was set since then need not be, and counts as the bound, as in Kafka.</summary>
    public static SettingSpan Read(ConfigLayers layers, string kind, string name)
    {
        int min = layers.Int($"group.{kind}.min.{name}"), max = layers.Int($"group.{kind}.max.{name}");
        return new(Math.Clamp(layers.Int($"group.{kind}.{name}"), min, max), min, max);
    }
}
