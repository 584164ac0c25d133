using System.Globalization;
using System.Text;

using Moldau.Log.Files;

namespace Moldau.Log.Checkpoints;

/// <summary>
/// Where each leader epoch of a partition began: in memory, and in <c>leader-epoch-checkpoint</c> as of the last flush.
/// What the file lacks after a crash, recovery finds in the batches. Guarded by the partition's lock, except the published array.
/// </summary>
internal sealed class LeaderEpochs(IFileStore files, string path)
{
    public const string FileName = "leader-epoch-checkpoint";

    private volatile EpochStart[] _starts = [];
    private volatile bool _changed;

    public int Latest => _starts is [.., var last] ? last.Epoch : -1;

    public IReadOnlyList<EpochStart> Starts => _starts;

    public void Load()
    {
        if (!files.FileExists(path)) return;
        var starts = new List<EpochStart>();
        foreach (string[] fields in CheckpointText.Lines(path, files.ReadAll(path), fieldCount: 2))
        {
            var next = new EpochStart((int)CheckpointText.Number(path, fields[0]), CheckpointText.Number(path, fields[1]));
            // Epochs and offsets rise: where they do not, the later line is right, as in Kafka.
            while (starts is [.., var last] && (last.Epoch >= next.Epoch || last.StartOffset >= next.StartOffset)) starts.RemoveAt(starts.Count - 1);
            starts.Add(next);
        }
        _starts = [.. starts];
    }

    /// <summary>Notes the epoch of an appended batch. An epoch that is not newer says nothing new.</summary>
    public void Assign(int epoch, long startOffset)
    {
        if (epoch > Latest) Begin(epoch, startOffset); // Apart, since its lambda would make every append allocate.
    }

    /// <summary>Drops epochs that would begin beyond the end. One that begins right there has been begun and has no records yet.</summary>
    public void TruncateFromEnd(long endOffset)
    {
        if (Latest < 0 || _starts[^1].StartOffset <= endOffset) return;
        _starts = _starts.Where(start => start.StartOffset <= endOffset).ToArray();
        _changed = true;
    }

    /// <summary>Drops epochs that ended before the log start; the one that holds it begins there now.</summary>
    public void TruncateFromStart(long startOffset)
    {
        int covering = IndexOf(startOffset);
        if (covering < 0 || (covering == 0 && _starts[0].StartOffset >= startOffset)) return;
        _starts = [new EpochStart(_starts[covering].Epoch, startOffset), .. _starts[(covering + 1)..]];
        _changed = true;
    }

    public int EpochOf(long offset) => IndexOf(offset) is >= 0 and var at ? _starts[at].Epoch : -1;

    /// <summary>The largest known epoch not above the given one, and the offset where it ended.</summary>
    public (int LeaderEpoch, long EndOffset) EndOf(int epoch, long logEndOffset)
    {
        var starts = _starts;
        if (starts.Length == 0 || epoch == -1) return (-1, -1);
        if (epoch == starts[^1].Epoch) return (epoch, logEndOffset);
        // An epoch from the future is not known here.
        if (epoch > starts[^1].Epoch) return (-1, -1);
        int next = Array.FindIndex(starts, start => start.Epoch > epoch);
        // Before the first known epoch its own number goes back, with the end that the first one's start gives it.
        return next == 0 ? (epoch, starts[0].StartOffset) : (starts[next - 1].Epoch, starts[next].StartOffset);
    }

    public void Save()
    {
        if (!_changed) return;
        _changed = false; // First: what an append changes meanwhile is for the next time.
        var lines = _starts.Select(start => string.Create(CultureInfo.InvariantCulture, $"{start.Epoch} {start.StartOffset}")).ToList();
        try
        {
            files.WriteAtomically(path, Encoding.UTF8.GetBytes(CheckpointText.Compose(lines)));
        }
        catch
        {
            _changed = true;
            throw;
        }
    }

    private void Begin(int epoch, long startOffset)
    {
        // Entries at or beyond the start would describe records that this one replaces.
        _starts = [.. _starts.Where(start => start.StartOffset < startOffset), new EpochStart(epoch, startOffset)];
        _changed = true;
    }

    private int IndexOf(long offset) => Array.FindLastIndex(_starts, start => start.StartOffset <= offset);
}

/// <summary>The first offset written under a leader epoch.</summary>
internal readonly record struct EpochStart(int Epoch, long StartOffset);
