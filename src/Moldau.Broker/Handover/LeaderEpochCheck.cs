using System.Globalization;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Handover;

/// <summary>
/// Reads <c>leader-epoch-checkpoint</c> as Kafka's LeaderEpochFileCache takes it in, and compares it with the epochs in the batches.
/// </summary>
internal sealed class LeaderEpochCheck
{
    public const string FileName = "leader-epoch-checkpoint";

    private static readonly KafkaAct Refuses = new("LeaderEpochCheckpointFile", "cannot load the partition, so the log directory goes offline");
    private static readonly KafkaAct Drops = new("LeaderEpochFileCache", "drops the entries that do not rise in epoch and offset");
    private static readonly KafkaAct Believes = new("LeaderEpochFileCache", "does not look at the batches: consumers are told a wrong or no end of their epoch");
    private static readonly KafkaAct Rebuilds = new("LogSegment", "notes the epochs of the batches that it recovers");

    private readonly FileFindings _findings;
    private readonly List<(int Epoch, long StartOffset)> _starts = [];
    private bool _isWrong;
    private int _covering = -1;

    public LeaderEpochCheck(CheckContext context, string directory)
    {
        _findings = context.Findings.Of(Path.Combine(directory, FileName));
        if (SmallFile.Read(_findings, Refuses) is { } bytes) Load(bytes);
    }

    /// <summary>The latest epoch that the file, or a batch, has named.</summary>
    public int Latest { get; private set; } = BatchHeader.None;

    /// <summary>Compares a batch's epoch; the first that does not fit is reported, since the others will not fit either.</summary>
    public void See(BatchHeader batch, bool isRecovered)
    {
        if (batch.LeaderEpoch < 0 || _isWrong) return;
        while (_covering + 1 < _starts.Count && _starts[_covering + 1].StartOffset <= batch.BaseOffset) _covering++;
        int known = _covering < 0 ? BatchHeader.None : _starts[_covering].Epoch;
        if (known == batch.LeaderEpoch) return;
        string problem = $"The batch at offset {batch.BaseOffset} has leader epoch {batch.LeaderEpoch}, and by this file it would have {(known < 0 ? "none" : known)}.";
        if (isRecovered && batch.LeaderEpoch > Latest)
        {
            _findings.Repaired(Rebuilds, problem);
            Add(batch.LeaderEpoch, batch.BaseOffset);
            return;
        }
        _isWrong = true;
        _findings.Lost(Believes, problem, Remedies.Restore);
    }

    /// <summary>The epoch of the record before the offset; -1 where none is known.</summary>
    public int EpochBefore(long offset) => _starts.FindLastIndex(start => start.StartOffset < offset) is >= 0 and var at ? _starts[at].Epoch : BatchHeader.None;

    public void Finish(long logEndOffset)
    {
        if (_starts.Count > 0 && _starts[^1].StartOffset > logEndOffset)
        {
            _findings.Repaired(Drops, $"Its entry for epoch {_starts[^1].Epoch} begins at offset {_starts[^1].StartOffset}, beyond the end of the log at {logEndOffset}.");
        }
    }

    private void Load(byte[] bytes)
    {
        var entries = TextCheckpoint.Read(bytes, fieldCount: 2, intFields: 1, out var fault);
        if (fault is not null)
        {
            _isWrong = true;
            _findings.Refused(Refuses, fault.Problem, Remedies.Restore, fault.Line);
            return;
        }
        for (int i = 0; i < entries.Count && !_isWrong; i++) Take(entries[i], line: i + 3);
    }

    private void Take(string[] entry, int line)
    {
        int epoch = int.Parse(entry[0], CultureInfo.InvariantCulture);
        long startOffset = long.Parse(entry[1], CultureInfo.InvariantCulture);
        if (epoch < 0 || startOffset < 0)
        {
            _isWrong = true;
            _findings.Refused(Refuses with { Class = "LeaderEpochFileCache" }, $"Epoch {epoch} from offset {startOffset} on: neither may be negative.", Remedies.Restore, line);
        }
        else if (_starts.Count > 0 && (epoch <= Latest || startOffset <= _starts[^1].StartOffset))
        {
            _isWrong = true;
            _findings.Lost(Drops, $"Epoch {epoch} from offset {startOffset} on comes after epoch {Latest} from offset {_starts[^1].StartOffset} on.", Remedies.Restore, line);
        }
        else
        {
            Add(epoch, startOffset);
        }
    }

    private void Add(int epoch, long startOffset)
    {
        _starts.Add((epoch, startOffset));
        Latest = epoch;
    }
}
