using System.Text.Json.Nodes;
using Moldau.Broker;

namespace Moldau.Conformance.Dialogues;

/// <summary>Which APIs Moldau serves, and what that means for recorded answers that list all of Kafka's.</summary>
internal static class ServedApis
{
    public static bool Includes(short key) => Apis.Served.Any(api => (short)api.Key == key);

    /// <summary>The recorded list of APIs without those that are not served; the versions of the others must be Kafka's.</summary>
    public static JsonNode? Expected(JsonNode? response)
    {
        if (response is not JsonObject answer || answer["apiKeys"] is not JsonArray listed) return response;
        var expected = answer.DeepClone().AsObject();
        expected["apiKeys"] = new JsonArray([.. listed.Where(api => Includes(api!["apiKey"]!.GetValue<short>())).Select(api => api!.DeepClone())]);
        return expected;
    }
}
