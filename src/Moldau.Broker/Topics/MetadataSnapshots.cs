using System.Globalization;
using Moldau.Coordination.Metadata;
using Moldau.Log.Files;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Topics;

/// <summary>
/// Where a snapshot of the metadata stands: it says all that the log says below the offset; the epoch is that of the last record in it.
/// </summary>
internal readonly record struct SnapshotId(long EndOffset, int Epoch) : IComparable<SnapshotId>
{
    private const string Suffix = ".checkpoint";

    public string FileName => string.Create(CultureInfo.InvariantCulture, $"{EndOffset:D20}-{Epoch:D10}{Suffix}");

    public int CompareTo(SnapshotId other) => EndOffset.CompareTo(other.EndOffset) is not 0 and var byOffset ? byOffset : Epoch.CompareTo(other.Epoch);

    public static bool TryParse(string fileName, out SnapshotId id)
    {
        id = default;
        string[] parts = fileName.EndsWith(Suffix, StringComparison.Ordinal) ? fileName[..^Suffix.Length].Split('-') : [];
        if (parts.Length != 2 || !long.TryParse(parts[0], NumberStyles.None, null, out long offset)) return false;
        if (!int.TryParse(parts[1], NumberStyles.None, null, out int epoch)) return false;
        id = new SnapshotId(offset, epoch);
        return true;
    }
}

/// <summary>Snapshot files beside the metadata log, in Kafka's form: batches as in a log, between a header and a footer.</summary>
internal sealed class MetadataSnapshots(IFileStore files, string directory)
{
    /// <summary>Keeps a batch well below what a reader takes at once.</summary>
    private const int RecordsPerBatch = 1000;

    /// <summary>The first batch, with the header, is smaller than this many bytes.</summary>
    private const int HeaderBytesMax = 4096;

    /// <summary>What a crash leaves of a snapshot that was being written, by this broker or by Kafka, or of one that Kafka was deleting.</summary>
    private static readonly string[] LeftoverSuffixes = [".checkpoint.tmp", ".checkpoint.part", ".checkpoint.deleted"];

    /// <summary>The snapshots that there are, the oldest first.</summary>
    public IReadOnlyList<SnapshotId> All()
    {
        var ids = new List<SnapshotId>();
        foreach (string name in files.FileNames(directory))
        {
            if (SnapshotId.TryParse(name, out var id)) ids.Add(id);
        }
        ids.Sort();
        return ids;
    }

    public SnapshotId? Newest() => All() is [.., var newest] ? newest : null;

    public long SizeOf(SnapshotId id)
    {
        using var file = files.Open(PathOf(id), FileCreation.Existing);
        return file.Length;
    }

    /// <summary>The time of the last record that the snapshot stands for, as its header says; null if it cannot be read.</summary>
    public long? TimestampOf(SnapshotId id)
    {
        using var file = files.Open(PathOf(id), FileCreation.Existing);
        byte[] bytes = new byte[Math.Min(file.Length, HeaderBytesMax)];
        var batches = new BatchEnumerator(bytes.AsSpan(0, file.Read(0, bytes)));
        if (!batches.MoveNext() || !batches.Current.CrcMatches(batches.CurrentBytes)) return null;
        long? timestampMs = null;
        MetadataBatches.Read(bytes.AsMemory(0, batches.Current.TotalBytes), 0, _ => { }, record =>
        {
            if (record.Body is SnapshotHeaderRecord header) timestampMs = header.LastContainedLogTimestamp;
        });
        return timestampMs;
    }

    public void Delete(SnapshotId id) => files.DeleteFile(PathOf(id));

    public void DeleteLeftovers()
    {
        foreach (string name in files.FileNames(directory))
        {
            if (LeftoverSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal))) files.DeleteFile(Path.Combine(directory, name));
        }
    }

    public void Read(SnapshotId id, Action<MetadataRecord> metadata, Action<QuorumRecord> quorum)
    {
        string path = PathOf(id);
        ReadOnlyMemory<byte> bytes = files.ReadAll(path);
        var batches = new BatchEnumerator(bytes.Span);
        bool isWhole = false;
        while (batches.MoveNext())
        {
            if (!batches.Current.CrcMatches(batches.CurrentBytes))
            {
                throw new IOException($"{path} is damaged: the checksum of a batch in it is wrong.");
            }
            MetadataBatches.Read(bytes.Slice(batches.Position, batches.Current.TotalBytes), 0, metadata, record =>
            {
                isWhole |= record.Type == ControlRecordType.SnapshotFooter;
                quorum(record);
            });
        }
        if (!isWhole) throw new IOException($"{path} is damaged: its end is missing.");
    }

    public void Write(SnapshotId id, IEnumerable<QuorumRecord> quorum, IEnumerable<MetadataRecord> metadata, long nowMs)
    {
        using var file = new PooledBuffer();
        long offset = 0;
        AppendControl(file, ref offset, id.Epoch, nowMs, quorum);
        foreach (var chunk in metadata.Chunk(RecordsPerBatch)) AppendMetadata(file, ref offset, id.Epoch, nowMs, chunk);
        AppendControl(file, ref offset, id.Epoch, nowMs, [QuorumRecord.SnapshotFooter()]);
        files.WriteAtomically(PathOf(id), file.Span);
    }

    private static void AppendControl(PooledBuffer file, ref long offset, int epoch, long nowMs, IEnumerable<QuorumRecord> records)
    {
        using var builder = new BatchBuilder(new BatchOptions { BaseOffset = offset, LeaderEpoch = epoch, Kind = BatchAttributes.Control });
        foreach (var record in records) record.AppendTo(builder, nowMs);
        file.Write(builder.Build().Span);
        offset = builder.NextOffset;
    }

    private static void AppendMetadata(PooledBuffer file, ref long offset, int epoch, long nowMs, MetadataRecord[] records)
    {
        using var builder = new BatchBuilder(new BatchOptions { BaseOffset = offset, LeaderEpoch = epoch });
        using var writer = new WireWriter();
        foreach (var record in records)
        {
            writer.Reset();
            record.Write(writer);
            builder.Append(nowMs, null, writer.Written);
        }
        file.Write(builder.Build().Span);
        offset = builder.NextOffset;
    }

    private string PathOf(SnapshotId id) => Path.Combine(directory, id.FileName);
}
