using CsCheck;
using Moldau.Coordination.SharePartitions;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;
using Moldau.TestKit;

namespace Moldau.Coordination.Tests.SharePartitions;

/// <summary>
/// Members that fetch, acknowledge, fall silent and come back, changes that are stored or not, and restarts, at random: against a model that
/// knows of each record only who has it and what was stored of it.
/// </summary>
public sealed class RandomDeliveryTests
{
    private const int Steps = 200;

    [Fact]
    public void No_record_is_had_by_two_or_delivered_after_it_was_accepted_or_skipped() =>
        Gen.Int.Sample(seed => new Delivery(seed).Run(), iter: Searches.Rounds(300));

    private sealed class Delivery(int seed)
    {
        private readonly Random _chance = new(seed);
        private readonly Dictionary<long, (string Member, long UntilMs)> _holders = [];
        private readonly Dictionary<long, short> _deliveries = [];
        private readonly HashSet<long> _done = [];

        // A record whose last lock ends is given up at once, stored or not.
        private readonly HashSet<long> _givenUp = [];
        private readonly Queue<(StateChange Change, long StartOffset)> _changes = [];
        private readonly List<OffsetRange> _log = [];
        private readonly StoredSharePartition _stored = new(0);
        private ShareDeliverySettings _settings = new();
        private ShareDelivery _state = new(0);
        private long _nowMs;

        public void Run()
        {
            _settings = _settings with { DeliveryCountLimit = _chance.Next(2, 7), RecordLocksMax = _chance.Next(5, 60) };
            for (int step = 0; step < Steps; step++) Step();
            Drain();
            for (long offset = 0; offset <= _log[^1].Last; offset++) Assert.True(_done.Contains(offset) || _givenUp.Contains(offset), $"{offset} was skipped");
            Assert.Equal(_log[^1].Last + 1, _state.StartOffset);
        }

        private void Step()
        {
            switch (_chance.Next(12))
            {
                case 0 or 1: Produce(); break;
                case 2 or 3 or 4: Fetch(Member()); break;
                case 5 or 6 or 7: Acknowledge(Member()); break;
                case 8 or 9: Settle(isStored: _chance.Next(5) > 0); break;
                case 10: PassTime(_chance.Next(1, 40_000)); break;
                case 11 when _chance.Next(4) == 0: Restart(); break;
                default: Begin(_state.Release(Member(), _settings), forget: null); break;
            }
            if (_changes.Count == 0) _stored.MustHaveAllOf(_state, logStartOffset: 0, isInLog: _ => true);
        }

        private string Member() => ((char)('a' + _chance.Next(3))).ToString();

        private void Produce()
        {
            long first = _log.Count == 0 ? 0 : _log[^1].Last + 1;
            _log.Add(new(first, first + _chance.Next(8)));
        }

        private void Fetch(string member)
        {
            if (!_state.CanAcquire(_settings)) return;
            long from = _state.NextFetchOffset();
            var read = _log.Where(batch => batch.Last >= from).Take(_chance.Next(1, 6)).ToArray();
            var mode = (ShareAcquireMode)_chance.Next(2);
            int max = _chance.Next(1, 20);
            var request = new AcquireRequest
            {
                MemberId = member,
                Mode = mode,
                RecordsMax = max,
                BatchSize = _chance.Next(1, 10),
                FetchOffset = from,
                NowMs = _nowMs,
                Settings = _settings,
            };
            var acquired = _state.Acquire(request, read);
            if (mode == ShareAcquireMode.RecordLimit) Assert.True(acquired.Sum(range => range.Offsets.Count) <= max);
            if (_chance.Next(8) == 0)
            {
                _state.Undeliver(member, acquired); // As if nobody had asked: neither held nor delivered.
                return;
            }
            foreach (var (offsets, deliveryCount) in acquired)
            {
                for (long offset = offsets.First; offset <= offsets.Last; offset++) Deliver(offset, member, deliveryCount, request.LockedUntilMs);
            }
        }

        private void Deliver(long offset, string member, short deliveryCount, long untilMs)
        {
            Assert.False(_holders.ContainsKey(offset), $"{offset} is delivered to {member} while another has it");
            Assert.DoesNotContain(offset, _done);
            Assert.InRange(deliveryCount, 1, _settings.DeliveryCountLimit);
            Assert.True(deliveryCount <= _deliveries.GetValueOrDefault(offset) + 1, $"{offset} was not delivered {deliveryCount} times");
            _deliveries[offset] = deliveryCount;
            _holders[offset] = (member, untilMs);
        }

        private void Acknowledge(string member)
        {
            var held = _holders.Where(pair => pair.Value.Member == member).Select(pair => pair.Key).Order().ToArray();
            if (held.Length == 0) return;
            var acknowledgements = new List<Acknowledgement>();
            foreach (long offset in held.Where(_ => _chance.Next(3) > 0))
            {
                acknowledgements.Add(new(new(offset, offset), [(sbyte)_chance.Next(5)]));
            }
            var verdict = _state.Acknowledge(member, acknowledgements, _settings, _nowMs);
            // A change to some of them may be under way.
            if (verdict.Error != ErrorCode.None) return;
            foreach (var (offsets, types) in acknowledgements)
            {
                if (types[0] == (sbyte)AcknowledgeType.Renew) _holders[offsets.First] = (member, _nowMs + _settings.LockDurationMs);
            }
            Begin(verdict.Change, forget: null);
        }

        private void Begin(StateChange change, Action<long, DeliveryState>? forget)
        {
            if (change.IsEmpty) return;
            if (forget is not null) ForEach(change, forget);
            _changes.Enqueue((change, _state.StartOffset));
        }

        /// <summary>The oldest change is stored, or not. Only what is stored was answered.</summary>
        private void Settle(bool isStored)
        {
            if (!_changes.TryDequeue(out var write)) return;
            if (!isStored)
            {
                _stored.FailToWrite(write.Change);
                _state.TakeBack(write.Change);
                return;
            }
            _stored.Write(write.StartOffset, write.Change);
            _state.Complete(write.Change);
            ForEach(write.Change, (offset, state) =>
            {
                if (state.IsComplete()) _done.Add(offset);
                if (!IsAcquired(offset)) _holders.Remove(offset);
            });
        }

        /// <summary>A record whose lock has ended may be delivered again before that is stored.</summary>
        private bool IsAcquired(long offset) =>
            _state.Ranges.Any(range => range.First <= offset && offset <= range.Last && range.State == DeliveryState.Acquired);

        private void PassTime(long ms)
        {
            _nowMs += ms;
            while (_state.NextDeadlineMs is { } deadlineMs && deadlineMs <= _nowMs)
            {
                Begin(_state.Expire(_nowMs, _settings), forget: (offset, state) =>
                {
                    Assert.True(_holders[offset].UntilMs <= _nowMs, $"{offset} was taken away too early");
                    _holders.Remove(offset);
                    if (state.IsComplete()) _givenUp.Add(offset);
                });
            }
        }

        private void Restart()
        {
            _changes.Clear();
            _holders.Clear();
            _state = _stored.Restore();
        }

        /// <summary>In the end somebody accepts all that is left.</summary>
        private void Drain()
        {
            if (_log.Count == 0) Produce();
            for (int round = 0; round < 10_000 && _state.StartOffset <= _log[^1].Last; round++)
            {
                while (_changes.Count > 0) Settle(isStored: true);
                PassTime(60_000);
                while (_changes.Count > 0) Settle(isStored: true);
                Fetch("z");
                var held = _holders.Where(pair => pair.Value.Member == "z").Select(pair => pair.Key).Order();
                Begin(_state.Acknowledge("z", [.. held.Select(offset => new Acknowledgement(new(offset, offset), [1]))], _settings, _nowMs).Change, forget: null);
            }
        }

        private static void ForEach(StateChange change, Action<long, DeliveryState> act)
        {
            foreach (var (first, last, state, _) in change.Batches)
            {
                for (long offset = first; offset <= last; offset++) act(offset, state);
            }
        }
    }
}
