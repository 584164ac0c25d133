using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Coordination.Metadata;
using Moldau.Log;

namespace Moldau.Broker.Topics;

/// <summary>
/// What a log directory holds and this broker does not act on. All of it is kept as it is for whoever does; the operator is told at each
/// start, since he may rely on it.
/// </summary>
internal static class Unenforced
{
    /// <summary>Of partition directories that no topic owned: Kafka's suffix, as ours.</summary>
    private const string StraySuffix = "-stray";

    public static void Tell(ILogger logger, ClusterImage image, LogDirectory directory)
    {
        Tell(logger, image);
        string path = Path.GetDirectoryName(directory.PathOf(MetadataLog.Name))!;
        string[] strays = [.. directory.Files.DirectoryNames(path).Where(name => name.EndsWith(StraySuffix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        if (strays.Length > 0) logger.StrayDirectories(strays.Length, path, string.Join(", ", strays));
    }

    private static void Tell(ILogger logger, ClusterImage image)
    {
        if (image.Acls.Count > 0) logger.AclsNotEnforced(image.Acls.Count);
        if (image.Quotas.Count > 0) logger.QuotasNotEnforced(image.Quotas.Count);
        if (image.DelegationTokens.Count > 0) logger.DelegationTokensNotAccepted(image.DelegationTokens.Count);
        string[] groups = [.. WithSettings(image, ConfigResourceType.Group).Where(group => HasUnheeded(image, group))];
        if (groups.Length > 0) logger.GroupSettingsNotObeyed(groups.Length, string.Join(", ", groups));
        string[] subscriptions = WithSettings(image, ConfigResourceType.ClientMetrics);
        if (subscriptions.Length > 0) logger.ClientMetricsNotCollected(subscriptions.Length);
        foreach (var (resource, settings) in image.Configs)
        {
            foreach (string problem in DynamicSettings.PassedOver(resource, settings)) logger.StoredSettingPassedOver(resource.Type, resource.Name, problem);
        }
    }

    /// <summary>All settings that Kafka 4.4 has for groups are obeyed; the log may hold others, of another version.</summary>
    private static bool HasUnheeded(ClusterImage image, string group) => image.ConfigOf(new(ConfigResourceType.Group, group)).Keys
        .Any(name => ConfigKeys.Find(ConfigScope.Group, name) is not { Standing: ConfigStanding.Honoured });

    private static string[] WithSettings(ClusterImage image, ConfigResourceType type) =>
        [.. image.Configs.Keys.Where(resource => resource.Type == type).Select(resource => resource.Name).Order(StringComparer.Ordinal)];
}
