namespace Moldau.Broker.Handover;

/// <summary>
/// Checks <c>__cluster_metadata-0</c>: its log, which Kafka always recovers from the beginning, its snapshots, and what both come to.
/// </summary>
internal sealed class MetadataLogCheck
{
    public const string Folder = "__cluster_metadata-0";

    private static readonly Guid TopicId = new("00000000-0000-0000-0000-000000000001");

    private static readonly KafkaAct Missing = new("KafkaRaftLog", "makes an empty one: all topics, users and settings are gone, and all partitions are set aside");
    private static readonly KafkaAct RefusesId = new("UnifiedLog", "does not start: the id is not that of the metadata");
    private static readonly KafkaAct WritesId = new("UnifiedLog", "writes it anew");
    private static readonly KafkaAct CutsLog = new("KafkaRaftLog", "deletes the log and begins at the snapshot");
    private static readonly KafkaAct Skips = new("KRaftControlRecordStateMachine", "takes it for all that came before its offset: what it does not say is gone");
    private static readonly KafkaAct Gap = new("QuorumController", "goes on: what stood there is gone");

    private readonly CheckContext _context;
    private readonly string _directory;
    private readonly MetadataSnapshotCheck _snapshots;
    private readonly MetadataReplay _replay;
    private readonly Queue<CheckedSnapshot> _ahead = new();
    private long _next = -1;
    private long _from;
    private (int Epoch, long Timestamp) _last = (0, -1);
    private bool _hasBatches;

    public MetadataLogCheck(CheckContext context)
    {
        _context = context;
        _directory = Path.Combine(context.LogDirectory, Folder);
        _snapshots = new MetadataSnapshotCheck(context, _directory);
        _replay = new MetadataReplay(context.Findings.Of(_directory));
    }

    /// <summary>What Kafka would know when it has loaded the directory.</summary>
    public MetadataView View { get; private set; } = new();

    /// <summary>Whether the view is all that the directory says; else what it lacks proves nothing.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>The epoch of the last batch, which the quorum's state must not be behind.</summary>
    public int LastEpoch => _last.Epoch;

    public void Run()
    {
        if (!Directory.Exists(_directory))
        {
            _context.Findings.Of(_directory).Lost(Missing, "There is no metadata log.", Remedies.Restore);
            return;
        }
        CheckId();
        long logStart = FirstSegment();
        var snapshots = _snapshots.Find(logStart);
        foreach (var snapshot in snapshots) _ahead.Enqueue(snapshot);
        // A later one is compared with what the log, which has all from the beginning, comes to.
        if (_ahead.TryPeek(out var first) && (logStart > 0 || first.EndOffset == 0)) Adopt(_ahead.Dequeue(), isFirst: true);
        var log = new PartitionCheck(_context, _directory) { IsAlwaysRecovered = true, BatchSeen = See };
        log.Run(new PartitionOffsets(0, 0, null));
        AdoptUpTo(log.LogEndOffset);
        while (_ahead.TryDequeue(out var beyond)) BeginAt(beyond, $"It is of offset {beyond.EndOffset}, and the log ends at {log.LogEndOffset}.");
        if (_hasBatches) CompareEpoch(snapshots, log);
        IsWhole = !_replay.HasFailed && (_hasBatches || View.Features.Count > 0);
    }

    private void CheckId()
    {
        var findings = _context.Findings.Of(Path.Combine(_directory, PartitionMetadataCheck.FileName));
        var id = PartitionMetadataCheck.Read(_context, _directory, out bool exists);
        if (!exists) findings.Repaired(WritesId, "It is missing.");
        else if (id is { } other && other != TopicId) findings.Refused(RefusesId, $"The id of its topic is {Protocol.KafkaUuid.ToText(other)}.", Remedies.Restore, 2);
    }

    private long FirstSegment()
    {
        // Names are judged by the check of the log; here the first good one is enough.
        string? first = Directory.EnumerateFiles(_directory, "*.log").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal).FirstOrDefault();
        return long.TryParse(first, System.Globalization.CultureInfo.InvariantCulture, out long offset) ? offset : 0;
    }

    private void See(SegmentReader reader)
    {
        var batch = reader.Current;
        AdoptUpTo(batch.BaseOffset);
        if (_hasBatches && batch.BaseOffset != _next)
        {
            _context.Findings.Of(_directory).Lost(Gap, $"The log has no records from offset {_next} to {batch.BaseOffset - 1}.", Remedies.Restore);
        }
        _hasBatches = true;
        _next = batch.NextOffset;
        // What a snapshot has said already is not taken twice; where none covers it the log's first batches come here too.
        if (batch.BaseOffset >= _from) _replay.Take(reader, View);
        _last = (batch.LeaderEpoch, batch.MaxTimestamp);
    }

    private void AdoptUpTo(long offset)
    {
        while (_ahead.TryPeek(out var snapshot) && snapshot.EndOffset <= offset) Adopt(_ahead.Dequeue(), isFirst: false);
    }

    /// <summary>Kafka begins with the latest snapshot, so its view counts; what the log came to until then must be the same.</summary>
    private void Adopt(CheckedSnapshot snapshot, bool isFirst)
    {
        if (_snapshots.Read(snapshot) is not { } read) return;
        var findings = _context.Findings.Of(snapshot.Path);
        if (!isFirst && _hasBatches && Mismatch(snapshot, read.LastTimestamp, read.View) is { } problem) findings.Lost(Skips, problem, Remedies.Restore);
        View = read.View;
        _from = snapshot.EndOffset;
    }

    private string? Mismatch(CheckedSnapshot snapshot, long lastTimestamp, MetadataView snapshotView)
    {
        if (_next >= 0 && snapshot.EndOffset != _next) return $"Offset {snapshot.EndOffset} in its name is not where a batch of the log begins.";
        if (snapshot.Epoch != _last.Epoch) return $"Its name says epoch {snapshot.Epoch}, and the record before its offset has {_last.Epoch}.";
        if (lastTimestamp != _last.Timestamp) return $"It says that its last record is of {lastTimestamp} ms, and the record before its offset is of {_last.Timestamp} ms.";
        return _replay.HasFailed ? null : MetadataDifference.Between(View, snapshotView);
    }

    /// <summary>Kafka compares the latest snapshot, by epoch and offset, with the latest epoch that the log knows.</summary>
    private void CompareEpoch(List<CheckedSnapshot> snapshots, PartitionCheck log)
    {
        var latest = snapshots.OrderBy(snapshot => (snapshot.Epoch, snapshot.EndOffset)).LastOrDefault();
        int known = Math.Max(log.Epochs!.Latest, 0);
        if (latest.Epoch > known && latest.EndOffset <= log.LogEndOffset) BeginAt(latest, $"Its name says epoch {latest.Epoch}, and the latest of the log is {known}.");
    }

    private void BeginAt(CheckedSnapshot snapshot, string problem)
    {
        _context.Findings.Of(snapshot.Path).Lost(CutsLog, problem, Remedies.Restore);
        if (_snapshots.Read(snapshot) is { } read) View = read.View;
    }
}
