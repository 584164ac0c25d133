using System.Text.Json.Nodes;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>What Moldau must tell of a directory: what Kafka told, but for the few things of which it is known why they differ.</summary>
internal static class Expectation
{
    /// <summary>What no API of Moldau's answers yet; other tests look for it inside.</summary>
    private static readonly string[] Untold = ["acls", "quotas", "otherConfigs", "transactions"];

    public static JsonObject Of(string directory)
    {
        var told = KafkaDirectory.ToldByKafka(directory);
        foreach (string untold in Untold) told.Remove(untold);
        foreach (var group in told["groups"]!.AsObject().Select(group => group.Value!.AsObject()))
        {
            // States move on while members come and go.
            group.Remove("state");
            group.Remove("shareOffsets");
        }
        // Kafka's own replay of the log loses users; the log does not.
        told["scramUsers"] = KafkaDirectory.ToldByKafka("clean")["scramUsers"]!.DeepClone();
        if (directory == "damaged") LeaveTransactionOpen(told);
        return told;
    }

    /// <summary>
    /// When Kafka was asked, it had aborted a transaction that timed out after the recovery. Moldau cannot end transactions yet, so the
    /// partition is as the kill left it.
    /// </summary>
    private static void LeaveTransactionOpen(JsonObject told) =>
        told["topics"]!["txn"]!["offsets"]![1] = KafkaDirectory.ToldByKafka("killed")["topics"]!["txn"]!["offsets"]![1]!.DeepClone();
}
