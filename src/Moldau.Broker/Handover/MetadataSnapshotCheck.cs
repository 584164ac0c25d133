using System.Globalization;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Handover;

/// <summary>What the name of a snapshot of the metadata says: up to which offset it reaches, and the epoch of the record before that.</summary>
internal readonly record struct CheckedSnapshot(long EndOffset, int Epoch, string Path);

/// <summary>Finds the snapshots of the metadata and reads them as Kafka's RecordsSnapshotReader does.</summary>
internal sealed class MetadataSnapshotCheck(CheckContext context, string directory)
{
    private const int OffsetDigits = 20;
    private const int EpochDigits = 10;

    private static readonly string[] Suffixes = [".checkpoint", ".checkpoint.part", ".checkpoint.deleted"];
    private static readonly KafkaAct Throws = new("Snapshots", "expects 20 digits, a dash and 10 digits: the broker does not start");
    private static readonly KafkaAct DeletesUnfinished = new("KafkaRaftLog", "deletes it: it was not finished, or was on its way out");
    private static readonly KafkaAct DeletesOld = new("KafkaRaftLog", "deletes it: the log begins behind it");
    private static readonly KafkaAct NeedsOne = new("KafkaRaftLog", "does not start: nothing says what was before the beginning of the log");
    private static readonly KafkaAct Refuses = new("RecordsSnapshotReader", "cannot read the snapshot: the controller stops, and the broker with it");
    private static readonly KafkaAct MissesTheRest = new("RecordsSnapshotReader", "takes what is there for all: the metadata that is missing is gone");

    /// <summary>In order; those that Kafka would delete are left out and reported.</summary>
    public List<CheckedSnapshot> Find(long logStartOffset)
    {
        var found = new List<CheckedSnapshot>();
        foreach (string path in Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(path);
            if (!Suffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal))) continue;
            var findings = context.Findings.Of(path);
            if (!TryParse(name, out long offset, out int epoch)) findings.Refused(Throws, "Its name is no snapshot's.", "Move it out of the log directory.");
            else if (!name.EndsWith(Suffixes[0], StringComparison.Ordinal)) findings.Repaired(DeletesUnfinished, "It is no finished snapshot.");
            else if (offset < logStartOffset) findings.Repaired(DeletesOld, $"It is of offset {offset}, and the log begins at {logStartOffset}.");
            else found.Add(new CheckedSnapshot(offset, epoch, path));
        }
        if (logStartOffset > 0 && found.Count == 0)
        {
            context.Findings.Of(directory).Refused(NeedsOne, $"The log begins at offset {logStartOffset}, and there is no snapshot of that offset or a later one.", Remedies.Restore);
        }
        return found;
    }

    /// <summary>The view that the snapshot is, and the timestamp of the last record in it; null where it cannot be read, which is reported.</summary>
    public (MetadataView View, long LastTimestamp)? Read(CheckedSnapshot snapshot)
    {
        var findings = context.Findings.Of(snapshot.Path);
        try
        {
            using var reader = new SegmentReader(snapshot.Path, new byte[CheckContext.WindowBytes]);
            return Read(reader, findings);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            findings.Refused(Refuses, $"It cannot be read: {e.Message}", Remedies.MakeReadable);
            return null;
        }
    }

    private static (MetadataView, long)? Read(SegmentReader reader, FileFindings findings)
    {
        var view = new MetadataView();
        var replay = new MetadataReplay(findings);
        SnapshotHeaderRecord? header = null;
        bool hasFooter = false;
        while (reader.MoveNext())
        {
            if (!reader.IsValid || reader.IsLegacy)
            {
                findings.Refused(Refuses, $"The checksum of the batch at offset {reader.Current.BaseOffset} is wrong.", Remedies.Restore, reader.Position);
                return null;
            }
            replay.Take(reader, view);
            if (replay.HasFailed) return null;
            if (header is null && replay.Controls is not [{ Type: ControlRecordType.SnapshotHeader }, ..])
            {
                findings.Refused(Refuses, "It does not begin with the header of a snapshot.", Remedies.Restore, reader.Position);
                return null;
            }
            header ??= (SnapshotHeaderRecord)replay.Controls[0].Body;
            hasFooter = replay.Controls.Exists(record => record.Type == ControlRecordType.SnapshotFooter);
        }
        view.EndSnapshot();
        if (hasFooter && reader.End == SegmentEnd.Whole) return (view, header!.LastContainedLogTimestamp);
        if (reader.End == SegmentEnd.LengthTooSmall || header is null) findings.Refused(Refuses, "No batch begins here.", Remedies.Restore, reader.Next);
        else findings.Lost(MissesTheRest, "It does not end with the footer of a snapshot.", Remedies.Restore, reader.Next);
        return null;
    }

    private static bool TryParse(string name, out long offset, out int epoch)
    {
        epoch = 0;
        return long.TryParse(name.AsSpan(0, Math.Min(OffsetDigits, name.Length)), NumberStyles.None, CultureInfo.InvariantCulture, out offset)
            && name.Length > OffsetDigits + EpochDigits
            && int.TryParse(name.AsSpan(OffsetDigits + 1, EpochDigits), NumberStyles.None, CultureInfo.InvariantCulture, out epoch);
    }
}
