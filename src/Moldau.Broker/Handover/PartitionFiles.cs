using System.Globalization;
using Moldau.Log.Checkpoints;

namespace Moldau.Broker.Handover;

/// <summary>The files of a partition's folder, by what Kafka's LogLoader and ProducerStateManager make of their names.</summary>
internal sealed class PartitionFiles
{
    private const int OffsetDigits = 20;

    private static readonly string[] IndexSuffixes = [".index", ".timeindex", ".txnindex"];
    private static readonly KafkaAct Throws = new("LogLoader", "cannot load the partition: it expects an offset before the point, and the broker does not start");
    private static readonly KafkaAct Ignores = new("LogLoader", "makes an empty segment at that offset and never reads this file");
    private static readonly KafkaAct Unreadable = new("LogLoader", "cannot load the partition, so the log directory goes offline");
    private static readonly KafkaAct DeletesOrphan = new("LogLoader", "deletes it, since there is no segment that it belongs to");
    private static readonly KafkaAct DeletesLeftover = new("LogLoader", "deletes it: it was on its way out");
    private static readonly KafkaAct Swaps = new("LogLoader", "completes the exchange of segments that was interrupted");

    private readonly CheckContext _context;
    private readonly List<(string Name, long Offset)> _indexes = [];

    public PartitionFiles(CheckContext context, string directory)
    {
        _context = context;
        foreach (string path in Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal)) Take(path);
        var bases = Segments.ToHashSet();
        foreach (var (path, offset) in _indexes)
        {
            if (!bases.Contains(offset)) context.Findings.Of(path).Repaired(DeletesOrphan, $"There is no segment that begins at offset {offset}.");
        }
        Segments.Sort();
        Snapshots.Sort();
    }

    /// <summary>Base offsets, in order.</summary>
    public List<long> Segments { get; } = [];

    public List<(long Offset, string Path)> Snapshots { get; } = [];

    /// <summary>An exchange of segments was interrupted, and what the log holds shows only when Kafka has completed it.</summary>
    public bool HasSwap { get; private set; }

    /// <summary>A name has been met at which Kafka gives the partition up.</summary>
    public bool IsRefused { get; private set; }

    public static string PathOf(string directory, long offset, string suffix) =>
        Path.Combine(directory, offset.ToString("D20", CultureInfo.InvariantCulture) + suffix);

    private void Take(string path)
    {
        string name = Path.GetFileName(path);
        var findings = _context.Findings.Of(path);
        if (name == HandoverNotice.GuardName || !CanRead(path, findings)) return;
        if (name.EndsWith(".checkpoint.deleted", StringComparison.Ordinal)) return; // A snapshot of the metadata, judged with those.
        if (name.EndsWith(".deleted", StringComparison.Ordinal)) findings.Repaired(DeletesLeftover, "It is left over from a deletion.");
        else if (name.EndsWith(".cleaned", StringComparison.Ordinal)) TakeLeftover(name, findings, DeletesLeftover, "It is left over from a compaction that was interrupted.");
        else if (name.EndsWith(".swap", StringComparison.Ordinal)) HasSwap |= TakeLeftover(name, findings, Swaps, "It is left over from a compaction that was interrupted.");
        else if (name.EndsWith(".log", StringComparison.Ordinal)) TakeNumbered(name, ".log", findings, Segments.Add);
        else if (name.EndsWith(".snapshot", StringComparison.Ordinal)) TakeNumbered(name, ".snapshot", findings, offset => Snapshots.Add((offset, path)));
        else if (IndexSuffixes.FirstOrDefault(suffix => name.EndsWith(suffix, StringComparison.Ordinal)) is { } index) TakeNumbered(name, index, findings, offset => _indexes.Add((path, offset)));
    }

    private bool CanRead(string path, FileFindings findings)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            IsRefused = true;
            findings.Refused(Unreadable, $"It cannot be read: {e.Message}", Remedies.MakeReadable);
            return false;
        }
    }

    private bool TakeLeftover(string name, FileFindings findings, KafkaAct act, string problem)
    {
        if (OffsetOf(name) is null) Refuse(findings);
        else findings.Repaired(act, problem);
        return true;
    }

    private void TakeNumbered(string name, string suffix, FileFindings findings, Action<long> take)
    {
        if (OffsetOf(name) is not { } offset) Refuse(findings);
        else if (name.Length == OffsetDigits + suffix.Length) take(offset);
        else findings.Lost(Ignores, $"Its name gives offset {offset} without its {OffsetDigits} digits.", "Give it its right name, or move it out of the log directory.");
    }

    private void Refuse(FileFindings findings)
    {
        IsRefused = true;
        findings.Refused(Throws, "Its name does not begin with an offset.", "Move it out of the log directory.");
    }

    private static long? OffsetOf(string name) =>
        long.TryParse(name.AsSpan(0, name.IndexOf('.', StringComparison.Ordinal)), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long offset) ? offset : null;
}
