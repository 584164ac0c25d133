using System.Text.Json;
using Moldau.TestKit;

namespace Moldau.Protocol.Tests.Records;

/// <summary>A line of the recorded batches: its name, its bytes, and what Kafka reads in them.</summary>
internal sealed record RecordedBatch(string Case, byte[] Bytes, JsonElement Line)
{
    public bool IsLegacy => Line.TryGetProperty("legacy", out _);

    /// <summary>What is expected of each of the line's batches, in their order.</summary>
    public JsonElement[] Expected => Line.TryGetProperty("expected", out var one) ? [one] : [.. Line.GetProperty("expectedBatches").EnumerateArray()];

    public static IEnumerable<RecordedBatch> All(string path)
    {
        foreach (string line in Fixture.Lines(path))
        {
            var json = JsonDocument.Parse(line).RootElement;
            yield return new RecordedBatch(json.GetProperty("case").GetString()!, Convert.FromHexString(json.GetProperty("hex").GetString()!), json);
        }
    }

    public string Text(string name) => Line.GetProperty(name).GetString()!;
}
