using System.Globalization;
using System.Text;
using Moldau.Protocol;

namespace Moldau.Broker.Handover;

/// <summary>Reads <c>meta.properties</c>, which says whose directory it is.</summary>
internal static class MetaPropertiesCheck
{
    public const string FileName = "meta.properties";

    private const string Version = "1";

    private static readonly KafkaAct Refuses = new("MetaPropertiesEnsemble", "does not start");
    private static readonly KafkaAct GivesId = new("MetaPropertiesEnsemble", "gives the directory a new id, which no partition is assigned to");

    /// <summary>Ids that Kafka keeps for itself: unassigned, lost, migrating and those it may add.</summary>
    private const int ReservedIdsBelow = 100;

    public static void Run(CheckContext context)
    {
        var findings = context.Of(FileName);
        if (!Path.Exists(findings.File))
        {
            findings.Refused(Refuses, "There is none, so this is no log directory to Kafka.", Remedies.Restore);
        }
        else if (SmallFile.Read(findings, Refuses) is { } bytes)
        {
            context.Identity = Read(findings, Parse(Encoding.Latin1.GetString(bytes)));
        }
    }

    private static CheckedIdentity? Read(FileFindings findings, Dictionary<string, string> values)
    {
        string? clusterId = values.GetValueOrDefault("cluster.id"), nodeText = values.GetValueOrDefault("node.id"), idText = values.GetValueOrDefault("directory.id");
        if (values.GetValueOrDefault("version") is not Version)
        {
            findings.Refused(Refuses, $"Its version is '{values.GetValueOrDefault("version")}'; Kafka 4 knows {Version}.", Remedies.Restore);
        }
        else if (!int.TryParse(nodeText, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int nodeId) || nodeId < 0)
        {
            findings.Refused(Refuses, $"Its node.id is '{nodeText}', which is no number of a node.", Remedies.Restore);
        }
        else if (string.IsNullOrEmpty(clusterId))
        {
            findings.Refused(Refuses, "It has no cluster.id.", Remedies.Restore);
        }
        else if (idText is null)
        {
            findings.Lost(GivesId, "It has no directory.id.", Remedies.Restore);
            return new CheckedIdentity(clusterId, nodeId, null);
        }
        else if (!KafkaUuid.TryParse(idText, out var directoryId) || IsReserved(directoryId))
        {
            findings.Refused(Refuses, $"Its directory.id '{idText}' is no id that a directory can have.", Remedies.Restore);
        }
        else
        {
            return new CheckedIdentity(clusterId, nodeId, directoryId);
        }
        return null;
    }

    private static bool IsReserved(Guid id)
    {
        byte[] bytes = id.ToByteArray(bigEndian: true);
        return !bytes.AsSpan(0, 15).ContainsAnyExcept((byte)0) && bytes[15] < ReservedIdsBelow;
    }

    /// <summary>What of the form of Java's properties such a file uses: a key, a divider, a value; escaped dividers.</summary>
    private static Dictionary<string, string> Parse(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in text.Split('\n', '\r').Select(line => line.TrimStart()))
        {
            if (line.Length == 0 || line[0] is '#' or '!') continue;
            int divider = line.IndexOfAny(['=', ':', ' ', '\t']);
            if (divider < 0) values[line] = "";
            else values[line[..divider]] = line[divider..].TrimStart('=', ':', ' ', '\t').Replace("\\", "", StringComparison.Ordinal);
        }
        return values;
    }
}
