using System.Globalization;

using Moldau.Log.Files;

namespace Moldau.Log.Journaling;

/// <summary>One file of the journal, preallocated, and what of it is in use.</summary>
internal sealed class JournalFile(IStoredFile file, long capacityBytes) : IDisposable
{
    public const string Suffix = ".journal";

    private readonly Dictionary<PartitionLog, long> _ends = [];

    public string Path => file.Path;

    public long CapacityBytes => capacityBytes;

    public bool IsEmpty => Position == JournalFormat.FramesAt;

    public long RoomBytes => capacityBytes - Position;

    /// <summary>Whether the whole file has its room on the disk.</summary>
    public bool IsReserved { get; private set; }

    public long Position { get; private set; } = JournalFormat.FramesAt;

    public JournalHeader Header { get; private set; }

    /// <summary>The logs that have frames here, and where the last of them ends.</summary>
    public IReadOnlyDictionary<PartitionLog, long> Ends => _ends;

    /// <summary>Whether a log that is still there does not hold durably by itself what it has here.</summary>
    public bool IsNeeded => _ends.Any(entry => !entry.Key.IsClosed && entry.Key.RecoveryPoint < entry.Value);

    /// <summary>Whether it is needed until the next start.</summary>
    public bool HasFailedLog => _ends.Any(entry => !entry.Key.IsClosed && entry.Key.RecoveryPoint < entry.Value && entry.Key.Failure is not null);

    public static string PathOf(string directory, long number) =>
        System.IO.Path.Combine(directory, number.ToString("D10", CultureInfo.InvariantCulture) + Suffix);

    /// <summary>Makes the file, empty. Its room is reserved by the first frames: a broker that nobody writes to needs none.</summary>
    public void Make() => file.SetLength(0);

    public void Flush() => file.Flush();

    /// <summary>Begins another life of the file. The header becomes durable with the first frames.</summary>
    public void Begin(JournalHeader header)
    {
        Header = header;
        Position = JournalFormat.FramesAt;
        _ends.Clear();
        Span<byte> bytes = stackalloc byte[JournalFormat.HeaderBytes];
        JournalFormat.WriteHeader(bytes, header);
        file.Write(0, bytes);
    }

    /// <summary>Reserves the room of the whole file, where that was not done yet. Where there is not enough, what there is stays for others.</summary>
    public void Reserve()
    {
        if (IsReserved) return;
        try
        {
            file.Allocate(capacityBytes);
            IsReserved = true;
        }
        catch (StorageExhaustedException)
        {
            file.SetLength(JournalFormat.HeaderBytes);
            throw;
        }
    }

    /// <summary>Writes all that was gathered and makes it durable.</summary>
    public void Write(Gathering gathering)
    {
        Reserve();
        JournalFormat.Seal(gathering.Frames, Header.Sequence);
        file.Write(Position, gathering.Frames);
        file.Flush();
        Position += gathering.Length;
        foreach (var entry in gathering.Logs) _ends[entry.Log] = entry.EndOffset;
    }

    public void Dispose() => file.Dispose();
}
