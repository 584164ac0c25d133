using System.Text.Json;

namespace Moldau.Broker.Handover;

/// <summary>Reads <c>quorum-state</c>, and compares it with the log and the voters in it.</summary>
internal sealed class QuorumStateCheck(CheckContext context, MetadataLogCheck metadata)
{
    private const string FileName = "quorum-state";
    private const int NewestVersion = 1;
    private const int None = -1;

    private static readonly KafkaAct Refuses = new("FileQuorumStateStore", "cannot read the state of the quorum: the broker does not start");
    private static readonly KafkaAct TakesLog = new("QuorumState", "goes on with the epoch of the log");
    private static readonly KafkaAct Contradicts = new("QuorumState", "meets a vote or a leader that cannot be: it does not start, or waits for a leader that never comes");

    public void Run()
    {
        var findings = context.Findings.Of(Path.Combine(context.LogDirectory, MetadataLogCheck.Folder, FileName));
        if (!Path.Exists(findings.File))
        {
            findings.Repaired(TakesLog, "It is missing.");
        }
        else if (SmallFile.Read(findings, Refuses) is { } bytes)
        {
            // Kafka reads one line.
            int end = bytes.AsSpan().IndexOfAny((byte)'\n', (byte)'\r');
            Judge(end < 0 ? bytes : bytes[..end], findings);
        }
    }

    private void Judge(byte[] line, FileFindings findings)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            Judge(document.RootElement, findings);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            findings.Refused(Refuses, "It is not the one JSON object that it must be, or a field is missing or no number.", Remedies.Restore);
        }
    }

    private void Judge(JsonElement state, FileFindings findings)
    {
        int version = state.GetProperty("data_version").GetInt16();
        if (version is < 0 or > NewestVersion)
        {
            findings.Refused(Refuses, $"Its data_version is {version}; Kafka knows 0 to {NewestVersion}.", Remedies.Restore);
            return;
        }
        int leaderId = state.GetProperty("leaderId").GetInt32(), epoch = state.GetProperty("leaderEpoch").GetInt32(), votedId = state.GetProperty("votedId").GetInt32();
        if (version > 0) state.GetProperty("votedDirectoryId").GetString();
        if (epoch < 0 || leaderId < None || votedId < None) findings.Refused(Contradicts, $"It says leader {leaderId}, epoch {epoch}, vote {votedId}, and none of them may be so low.", Remedies.Restore);
        else if (epoch < metadata.LastEpoch) findings.Repaired(TakesLog, $"It says epoch {epoch}, and the log has a batch of epoch {metadata.LastEpoch}.");
        if (leaderId > None && votedId > None && leaderId != votedId) findings.Refused(Contradicts, $"It says that node {leaderId} leads and that the vote went to node {votedId}.", Remedies.Restore);
        JudgeVoters(state, version, [leaderId, votedId], findings);
    }

    private void JudgeVoters(JsonElement state, int version, int[] named, FileFindings findings)
    {
        int[]? voters = metadata.View.Voters is { } record ? [.. record.Voters.Select(voter => voter.VoterId)] : null;
        if (version == 0 && state.TryGetProperty("currentVoters", out var listed) && listed.ValueKind == JsonValueKind.Array && listed.GetArrayLength() > 0)
        {
            int[] old = [.. listed.EnumerateArray().Select(voter => voter.GetProperty("voterId").GetInt32())];
            if (voters is not null && !old.Order().SequenceEqual(voters.Order()))
            {
                findings.Refused(Contradicts, $"It says that the voters are {string.Join(", ", old)}, and the log says {string.Join(", ", voters)}.", Remedies.Restore);
            }
        }
        if (voters is null || !Array.Exists(named, id => id > None && !voters.Contains(id))) return;
        findings.Refused(Contradicts, $"It names node {named.First(id => id > None && !voters.Contains(id))}, and the voters are {string.Join(", ", voters)}.", Remedies.Restore);
    }
}
