using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Moldau.Protocol;

namespace Moldau.Broker.Handover;

/// <summary>Reads <c>partition.metadata</c>: the version, and the id of the topic.</summary>
internal static partial class PartitionMetadataCheck
{
    public const string FileName = "partition.metadata";

    private static readonly KafkaAct Refuses = new("PartitionMetadataFile", "cannot load the partition, so the log directory goes offline");

    /// <summary>Null where there is no such file, which is not reported, or none that can be read, which is.</summary>
    public static Guid? Read(CheckContext context, string directory, out bool exists)
    {
        var findings = context.Findings.Of(Path.Combine(directory, FileName));
        exists = Path.Exists(findings.File);
        if (SmallFile.Read(findings, Refuses) is not { } bytes) return null;
        var lines = new StringReader(Encoding.UTF8.GetString(bytes));
        string? version = ValueOf(lines.ReadLine());
        if (version is null || !int.TryParse(version, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) || number < 0)
        {
            findings.Refused(Refuses, "Its first line does not name a version that Kafka knows.", Remedies.Restore, 1);
        }
        else if (!KafkaUuid.TryParse(ValueOf(lines.ReadLine()), out var id))
        {
            findings.Refused(Refuses, "Its second line does not name the id of a topic.", Remedies.Restore, 2);
        }
        else if (id == Guid.Empty)
        {
            findings.Refused(Refuses, "The id of its topic is all zeros, which means none.", Remedies.Restore, 2);
        }
        else
        {
            return id;
        }
        return null;
    }

    private static string? ValueOf(string? line) => line is not null && Divider().Split(line) is [_, var value] ? value : null;

    [GeneratedRegex(@":\s+")]
    private static partial Regex Divider();
}
