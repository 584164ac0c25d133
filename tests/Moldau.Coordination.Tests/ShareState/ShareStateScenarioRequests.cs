using Moldau.Coordination.ShareState;
using Moldau.Coordination.Tests.Groups;

namespace Moldau.Coordination.Tests.ShareState;

/// <summary>The requests that the commands of a scenario stand for. The subject of a command is the share partition: GROUP/TOPIC-PARTITION.</summary>
internal static class ShareStateScenarioRequests
{
    public static ShareStateRequest Of(ScenarioLine line)
    {
        var key = KeyOf(line.Subject);
        return line.Verb switch
        {
            "initialize" => new InitializeShareState(key, line.Number("state", 0), line.Number("start", -1)) { KeepsFormer = line.Text("former", "") == "kept" },
            "read" => new ReadShareState(key, line.Number("leader", -1)),
            "summary" => new ReadShareStateSummary(key),
            "delete" => new DeleteShareState(key),
            "write" => new WriteShareState(key)
            {
                StateEpoch = line.Number("state", -1),
                LeaderEpoch = line.Number("leader", -1),
                StartOffset = line.Number("start", -1),
                DeliveryCompleteCount = line.Number("complete", -1),
                Batches = [.. line.Pairs("batches").Select(pair => Batch(pair.Name, pair.Value))],
            },
            _ => throw new ArgumentException($"No such command: {line.Verb}", nameof(line)),
        };
    }

    private static SharePartitionKey KeyOf(string text)
    {
        int slash = text.IndexOf('/'), dash = text.IndexOf('-');
        return new(text[..slash], ScenarioTopics.IdOf(text[(slash + 1)..dash]), int.Parse(text.AsSpan(dash + 1)));
    }

    /// <summary>FIRST-LAST:STATE/COUNT, where the state has the number that is stored.</summary>
    private static ShareStateBatch Batch(string offsets, string state)
    {
        string[] ends = offsets.Split('-'), parts = state.Split('/');
        return new(long.Parse(ends[0]), long.Parse(ends[1]), (DeliveryState)sbyte.Parse(parts[0]), short.Parse(parts[1]));
    }
}
