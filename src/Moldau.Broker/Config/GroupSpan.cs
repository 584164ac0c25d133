using Moldau.Coordination.Groups;

namespace Moldau.Broker.Config;

/// <summary>A setting of all groups of a kind, group.KIND.NAME, and its bounds for single ones: group.KIND.min.NAME and group.KIND.max.NAME.</summary>
internal static class GroupSpan
{
    public static SettingSpan Read(ConfigLayers layers, string kind, string name) =>
        new(layers.Int($"group.{kind}.{name}"), layers.Int($"group.{kind}.min.{name}"), layers.Int($"group.{kind}.max.{name}"));
}
