using Microsoft.Extensions.Logging;
using Moldau.Coordination.Metadata;
using Moldau.Log;

namespace Moldau.Broker.Topics;

/// <summary>
/// What a log directory holds and this broker does not act on. All of it is kept as it is for whoever does; the operator is told at each
/// start, since he may rely on it.
/// </summary>
internal static class Unenforced
{
    public static void Tell(ILogger logger, ClusterImage image, IEnumerable<PartitionLog> logs)
    {
        if (image.Acls.Count > 0) logger.AclsNotEnforced(image.Acls.Count);
        if (image.Quotas.Count > 0) logger.QuotasNotEnforced(image.Quotas.Count);
        if (image.DelegationTokens.Count > 0) logger.DelegationTokensNotAccepted(image.DelegationTokens.Count);
        string[] groups = WithSettings(image, ConfigResourceType.Group);
        if (groups.Length > 0) logger.GroupSettingsNotObeyed(groups.Length, string.Join(", ", groups));
        string[] subscriptions = WithSettings(image, ConfigResourceType.ClientMetrics);
        if (subscriptions.Length > 0) logger.ClientMetricsNotCollected(subscriptions.Length);
        foreach (var log in logs.Where(log => log.LastStableOffset < log.HighWatermark))
            logger.TransactionLeftOpen(log.Name.ToString(), log.LastStableOffset);
    }

    private static string[] WithSettings(ClusterImage image, ConfigResourceType type) =>
        [.. image.Configs.Keys.Where(resource => resource.Type == type).Select(resource => resource.Name).Order(StringComparer.Ordinal)];
}
