using System.Text.Json.Nodes;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>What Moldau must tell of a directory: what Kafka told, but for the few things of which it is known why they differ.</summary>
internal static class Expectation
{
    /// <summary>What no API of Moldau's answers yet; other tests look for it inside.</summary>
    private static readonly string[] Untold = ["acls", "quotas", "otherConfigs"];

    /// <summary>The producer of the transactional id tx-crash.</summary>
    private const long CrashedProducer = 1001;

    public static JsonObject Of(string directory)
    {
        var told = KafkaDirectory.ToldByKafka(directory);
        foreach (string untold in Untold) told.Remove(untold);
        // States move on while members come and go.
        foreach (var group in told["groups"]!.AsObject().Select(group => group.Value!.AsObject())) group.Remove("state");
        // Kafka's own replay of the log loses users; the log does not.
        told["scramUsers"] = KafkaDirectory.ToldByKafka("clean")["scramUsers"]!.DeepClone();
        return told;
    }

    /// <summary>
    /// The damaged directory was asked when a transaction that the kill had left open was over its time: each broker wrote a marker of its
    /// own, at its own time.
    /// </summary>
    public static void TakeMarkersTime(JsonObject expected, JsonObject told)
    {
        var ours = CrashedIn(told);
        Assert.InRange(ours["maxTimestamp"]!.GetValue<long>(), CrashedIn(expected)["maxTimestamp"]!.GetValue<long>(), long.MaxValue);
        CrashedIn(expected)["maxTimestamp"] = ours["maxTimestamp"]!.DeepClone();
        foreach (var producer in CrashedIn(expected)["producers"]!.AsArray().Where(producer => producer!["producerId"]!.GetValue<long>() == CrashedProducer))
            producer!["lastTimestamp"] = ours["maxTimestamp"]!.DeepClone();
    }

    private static JsonNode CrashedIn(JsonObject told) => told["topics"]!["txn"]!["offsets"]![1]!;
}
