using Moldau.Log.Segments;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>
/// What all logs of a directory serve, to be compared with what they serve after a bit of it has changed on the disk: the damaged batch is never
/// served, and no other is lost for it.
/// </summary>
internal sealed class ServedBatches
{
    private readonly Dictionary<(PartitionName Partition, long BaseOffset), byte[]> _batches = [];
    private readonly List<(PartitionName Partition, string Path, int Position, BatchHeader Header)> _places = [];

    public ServedBatches(LogDirectory directory, SimulatedDisk disk)
    {
        foreach (var log in directory.Partitions)
        {
            foreach (var segment in log.Segments.All) Take(log, segment, disk);
        }
    }

    /// <summary>Changes a bit of any batch on the disk, but of its offset and leader epoch, which its checksum does not cover. Null where there is none.</summary>
    public Damage? DamageAny(SimulatedDisk disk, Random random)
    {
        if (_places.Count == 0) return null;
        var (partition, path, position, header) = _places[random.Next(_places.Count)];
        int at = random.Next(BatchHeader.CrcAt, header.TotalBytes);
        disk.FlipBit(path, position + at);
        return new Damage(partition, header.BaseOffset, IsInRecords: at >= BatchHeader.Size);
    }

    /// <summary>Null, or what is served that must not be, or the other way round.</summary>
    public string? Compare(LogDirectory directory, Damage damage)
    {
        foreach (var ((partition, baseOffset), expected) in _batches)
        {
            bool isDamaged = (partition, baseOffset) == (damage.Partition, damage.BaseOffset);
            var served = Read(directory.Get(partition)!, baseOffset);
            if (served is null && (isDamaged || (partition == damage.Partition && !damage.IsInRecords))) continue;
            if (served is null) return $"{partition} does not serve the batch at {baseOffset} any more";
            if (isDamaged || !served.AsSpan().SequenceEqual(expected)) return $"{partition} serves at {baseOffset} what was not appended";
        }
        return null;
    }

    private void Take(PartitionLog log, Segment segment, SimulatedDisk disk)
    {
        string path = segment.Log.Path;
        if (!disk.FileExists(path)) return; // Nothing was ever appended.
        byte[] bytes = Files.FileStoreExtensions.ReadAll(disk, path);
        var batches = new BatchEnumerator(bytes.AsSpan(0, segment.Size));
        while (batches.MoveNext())
        {
            if (batches.Current.LastOffset < log.LogStartOffset) continue;
            _batches.Add((log.Name, batches.Current.BaseOffset), batches.CurrentBytes.ToArray());
            _places.Add((log.Name, path, batches.Position, batches.Current));
        }
    }

    /// <summary>The batch that begins at the offset; null where it is not served.</summary>
    private static byte[]? Read(PartitionLog log, long baseOffset)
    {
        using var read = log.Read(Math.Max(baseOffset, log.LogStartOffset), 1, ReadBound.LogEnd);
        var batches = new BatchEnumerator(read.Records.Span);
        return batches.MoveNext() && batches.Current.BaseOffset == baseOffset ? batches.CurrentBytes.ToArray() : null;
    }

    /// <summary>Where a bit was changed. Damage to a header may hide which batches stand behind it in its segment.</summary>
    internal sealed record Damage(PartitionName Partition, long BaseOffset, bool IsInRecords);
}
