using System.Globalization;
using Moldau.Coordination.SharePartitions;
using Moldau.Coordination.Tests.Groups;
using Moldau.Protocol;

namespace Moldau.Coordination.Tests.SharePartitions;

/// <summary>
/// Plays a scenario against a share partition as its host would: reads a log that the scenario describes, holds each change until the
/// scenario says what came of it, and fires the locks' timer. The state stands below each command. While no change is under way, what is
/// stored must be all that a restart needs.
/// </summary>
internal sealed class SharePartitionRun
{
    private readonly List<string> _trace = [];
    private readonly Queue<(StateChange Change, long StartOffset)> _changes = [];
    private ShareDeliverySettings _settings = new();
    private StoredSharePartition _stored = new(0);
    private ShareDelivery _state = new(0);
    private IReadOnlyList<AcquiredRange> _acquired = [];
    private OffsetRange[] _log = [];
    private OffsetRange[] _aborted = [];
    private long _logStartOffset;
    private long _nowMs;

    public static string Play(string script)
    {
        var run = new SharePartitionRun();
        return ScenarioFiles.Play(script, run._trace, run.Step);
    }

    private void Step(ScenarioLine line)
    {
        switch (line.Verb)
        {
            case "settings":
                _settings = new ShareDeliverySettings
                {
                    DeliveryCountLimit = line.Number("limit", 5),
                    RecordLocksMax = line.Number("locks", 2_000),
                    HasDeadLetters = line.Number("dead-letters", 0) == 1,
                    MayRenew = line.Number("renew", 1) == 1,
                };
                return;
            case "log":
                _log = [.. RangesOf(line.Text("batches", ""))];
                _aborted = [.. RangesOf(line.Text("aborted", ""))];
                return;
            case "begin":
                _stored = new StoredSharePartition(Parse(line.Subject));
                _state = _stored.Restore();
                return;
            case "fetch": Fetch(line); break;
            case "ack": Acknowledge(line); break;
            case "unsent": _state.Undeliver(line.Subject, _acquired); break;
            case "release": Begin(_state.Release(line.Subject, _settings)); break;
            case "dead-letters-written": Begin(_state.ArchiveDeadLetters(RangesOf(line.Subject).Single())); break;
            case "stored": Stored(); break;
            case "not-stored": NotStored(); break;
            case "advance": Advance(_nowMs + Parse(line.Subject)); break;
            case "log-start": MoveLogStart(Parse(line.Subject)); break;
            case "restart": Restart(); break;
            default: throw new ArgumentException($"Unknown command {line.Verb}.");
        }
        _trace.Add($"  {SharePartitionTrace.Of(_state)}");
        if (_changes.Count == 0) _stored.MustHaveAllOf(_state, _logStartOffset, IsDeliverable);
    }

    private bool IsDeliverable(long offset) => Has(_log, offset) && !Has(_aborted, offset);

    private void Fetch(ScenarioLine line)
    {
        if (!_state.CanAcquire(_settings))
        {
            _trace.Add("  full");
            return;
        }
        long offset = _state.NextFetchOffset();
        var request = new AcquireRequest
        {
            MemberId = line.Subject,
            Mode = (ShareAcquireMode)line.Number("mode", 0),
            RecordsMax = line.Number("max", 500),
            BatchSize = line.Number("size", 500),
            FetchOffset = offset,
            NowMs = _nowMs,
            Settings = _settings,
        };
        var read = _log.Where(batch => batch.Last >= offset).Take(line.Number("read", int.MaxValue)).ToArray();
        var aborted = _aborted.Where(batch => read.Contains(batch)).ToArray();
        _acquired = _state.Acquire(request, read, aborted);
        _trace.Add($"  read from {offset}, acquired {SharePartitionTrace.Of(_acquired)}");
    }

    private void Acknowledge(ScenarioLine line)
    {
        var acknowledgements = line.Pairs("of").Select(pair => new Acknowledgement(
            RangesOf(pair.Name).Single(), [.. pair.Value.Split('/').Select(type => (sbyte)Enum.Parse<AcknowledgeType>(type, ignoreCase: true))]));
        var verdict = _state.Acknowledge(line.Subject, [.. acknowledgements], _settings, _nowMs);
        if (verdict.Error != ErrorCode.None) _trace.Add($"  refused: {verdict.Error}");
        else Begin(verdict.Change);
    }

    private void Begin(StateChange change)
    {
        if (change.IsEmpty) return;
        _trace.Add($"  write start={_state.StartOffset} complete={_state.CompleteCount} {SharePartitionTrace.Of(change.Batches)}".TrimEnd());
        _changes.Enqueue((change, _state.StartOffset));
    }

    private void Stored()
    {
        var (change, startOffset) = _changes.Dequeue();
        _stored.Write(startOffset, change);
        _state.Complete(change);
        Bury(change.DeadLetters);
    }

    private void NotStored()
    {
        var (change, _) = _changes.Dequeue();
        _stored.FailToWrite(change);
        _state.TakeBack(change);
        if (change.CountsAtOnce) Bury(change.DeadLetters);
    }

    private void Bury(IEnumerable<DeadLetters> letters)
    {
        foreach (var (offsets, deliveryCount, cause) in letters) _trace.Add($"  dead letters {offsets} x{deliveryCount} {cause}");
    }

    private void Advance(long untilMs)
    {
        while (_state.NextDeadlineMs is { } deadlineMs && deadlineMs <= untilMs)
        {
            _nowMs = Math.Max(_nowMs, deadlineMs);
            _trace.Add($"  ({_nowMs})");
            Begin(_state.Expire(_nowMs, _settings));
        }
        _nowMs = untilMs;
    }

    private void MoveLogStart(long offset)
    {
        _logStartOffset = offset;
        if (_state.MoveLogStart(offset)) Begin(new StateChange { MovesStart = true });
    }

    private void Restart()
    {
        _changes.Clear();
        _state = _stored.Restore();
        Bury(_state.UnwrittenDeadLetters(_settings));
    }

    private static bool Has(OffsetRange[] batches, long offset) => batches.Any(batch => batch.First <= offset && offset <= batch.Last);

    private static IEnumerable<OffsetRange> RangesOf(string text) =>
        from part in text.Split(',', StringSplitOptions.RemoveEmptyEntries)
        let ends = part.Split('-')
        select new OffsetRange(Parse(ends[0]), Parse(ends[^1]));

    private static long Parse(string number) => long.Parse(number, CultureInfo.InvariantCulture);
}
