using Microsoft.Extensions.Logging;
using Moldau.Coordination;
using Moldau.Protocol;

namespace Moldau.Broker.Hosting;

/// <summary>Reads stored records back into a state machine's; null for what it does not keep.</summary>
internal delegate CoordinatorRecord? RecordReader(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte>? value);

/// <summary>What a shard shares with the others of its kind.</summary>
internal sealed record ShardEnvironment
{
    public required BrokerClock Clock { get; init; }

    public required TimerQueue Timers { get; init; }

    public required ILogger Logger { get; init; }

    public required RecordReader ReadRecord { get; init; }

    /// <summary>How many requests may wait for a shard before further ones are turned away.</summary>
    public int RequestsMax { get; init; } = 10_000;
}

/// <summary>
/// Runs one shard's state machine: decide, append, apply, answer when committed. One mailbox, so that the machine has one owner at a time;
/// what comes in while the log is being read waits in it.
/// </summary>
internal sealed class ShardHost<TInput> : ITimerOwner
{
    /// <summary>
    /// Records of a decision that may be divided go in batches of so many, which are small enough for any limit there is.
    /// </summary>
    private const int RecordsOfPartMax = 1_000;

    private readonly string _name;
    private readonly IStateMachine<TInput, CoordinatorRecord> _machine;
    private readonly ICoordinatorLog _log;
    private readonly ShardEnvironment _environment;
    private readonly Mailbox _mailbox;
    private readonly CommitQueue _answers;
    private readonly Action<Effect> _effects;
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<ReplyToken, IAsker> _askers = [];
    private long _lastToken;
    private bool _isClosed;
    private bool _isRefusedRoom;
    private volatile bool _stops;
    private volatile LogUnavailableException? _unreadable;

    /// <remarks>For machines with effects: what begins one, and tells the shard what came of it.</remarks>
    public ShardHost(
        string name,
        IStateMachine<TInput, CoordinatorRecord> machine,
        ICoordinatorLog log,
        ShardEnvironment environment,
        Action<ShardHost<TInput>, Effect>? effects = null)
    {
        (_name, _machine, _log, _environment) = (name, machine, log, environment);
        _effects = effect => effects?.Invoke(this, effect);
        _mailbox = new Mailbox(environment.RequestsMax);
        _answers = new CommitQueue(log);
    }

    public string Name => _name;

    /// <summary>Why the log could not be read; then nothing is known and all are refused, and another host may do better later.</summary>
    public LogUnavailableException? Unreadable => _unreadable;

    /// <summary>Completes when the log is read, or could not be.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>Reads the log, before any request; on the pool, since it may be long. Requests that come meanwhile wait.</summary>
    public void BeginLoad() => _mailbox.PostToPool(Load);

    /// <summary>Puts a request to the machine. Where no answer can come of it, the error is in the shape that the API has for it.</summary>
    public ValueTask<TAnswer?> AskAsync<TAnswer>(Func<ReplyToken, TInput> input, Func<ErrorCode, TAnswer> refuse) where TAnswer : class
    {
        var asker = new Asker<TAnswer>(refuse);
        IAsker waiting = asker;
        if (!_mailbox.TryPost(() => Decide(waiting, input))) asker.Refuse(ErrorCode.CoordinatorNotAvailable);
        return asker.Task;
    }

    /// <summary>Ends what is under way and decides nothing more. Whoever waits for another's request is told that there is no coordinator.</summary>
    public Task StopAsync()
    {
        _stops = true; // A log that is being read may be long.
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _mailbox.Post(() =>
        {
            Close();
            stopped.SetResult();
        });
        return stopped.Task;
    }

    /// <summary>Puts in something to which nobody awaits an answer.</summary>
    public void Tell(TInput input) => _mailbox.Post(() => Attempt(() => _machine.Decide(input, _environment.Clock.Now)));

    /// <summary>The same, with an input that is taken when its turn comes.</summary>
    public void Tell(Func<TInput> input) => _mailbox.Post(() => Attempt(() => _machine.Decide(input(), _environment.Clock.Now)));

    void ITimerOwner.TimerFired(TimerKey key) => _mailbox.Post(() => Attempt(() => _machine.TimerFired(key, _environment.Clock.Now)));

    private void Load()
    {
        try
        {
            var damaged = _log.Replay(_environment.ReadRecord, (record, offset) =>
            {
                if (_stops) throw new OperationCanceledException($"{_name} is stopped while its log is read.");
                _machine.Apply(record, offset);
            });
            foreach (var (first, last) in damaged) _environment.Logger.CoordinatorLogDamaged(_name, first, last);
            CarryOut(_machine.Loaded(_environment.Clock.Now));
        }
        catch (OperationCanceledException) when (_stops)
        {
            Close();
        }
        catch (LogUnavailableException cause)
        {
            _unreadable = cause;
            Close();
        }
#pragma warning disable CA1031 // A shard that cannot be read says so to whoever asks it, and leaves the others alone.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Break(fault);
        }
        finally
        {
            _loaded.SetResult();
        }
    }

    private void Decide(IAsker asker, Func<ReplyToken, TInput> input)
    {
        if (_isClosed)
        {
            asker.Refuse(ErrorCode.CoordinatorNotAvailable);
            return;
        }
        var token = new ReplyToken(++_lastToken);
        _askers.Add(token, asker);
        bool isDecided = Attempt(() => _machine.Decide(input(token), _environment.Clock.Now));
        if (!isDecided && _askers.Remove(token)) asker.Refuse(ErrorCode.UnknownServerError);
    }

    /// <summary>
    /// A fault of the machine costs the one who caused it an answer, and his group its soft state: nothing durable has changed. A fault
    /// after that leaves a state that nobody can vouch for, and the shard stops.
    /// </summary>
    private bool Attempt(Func<Decision<CoordinatorRecord>> decide)
    {
        if (_isClosed) return false;
        bool isDecided = false;
        try
        {
            var decision = decide();
            isDecided = true;
            CarryOut(decision);
        }
#pragma warning disable CA1031 // Whatever it was, it must not take the thread of a connection or of the timers with it.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            if (isDecided) Break(fault);
            else Recover(fault);
        }
        return isDecided;
    }

    /// <summary>Takes back what the machine had changed of its soft state when it failed.</summary>
    private void Recover(Exception fault)
    {
        _environment.Logger.CoordinatorFaulted(_name, fault);
        try
        {
            CarryOut(_machine.DecideFailed(_environment.Clock.Now));
        }
#pragma warning disable CA1031 // A machine that cannot be brought back to what is stored is not used any more.
        catch (Exception second)
#pragma warning restore CA1031
        {
            Break(second);
        }
    }

    private void CarryOut(Decision<CoordinatorRecord> decision)
    {
        var error = Append(decision);
        if (error != ErrorCode.None)
        {
            GiveUp(decision, error);
            return;
        }
        if (decision.Records.Count > 0) _isRefusedRoom = false;
        foreach (var change in decision.Timers)
        {
            if (change.DeadlineMs is { } deadlineMs) _environment.Timers.Arm(this, change.Key, deadlineMs);
            else _environment.Timers.Cancel(this, change.Key);
        }
        long seen = _log.EndOffset;
        foreach (var reply in decision.Replies)
        {
            if (_askers.Remove(reply.To, out var asker)) _answers.Send(asker, reply.Answer, seen);
        }
        foreach (var effect in decision.Effects) _answers.Send(new EffectAsker(_effects), effect, seen);
    }

    private ErrorCode Append(Decision<CoordinatorRecord> decision)
    {
        if (decision.Records.Count == 0) return ErrorCode.None;
        bool mayBeOne = !decision.IsDivisible || decision.Records.Count <= RecordsOfPartMax;
        var outcome = mayBeOne ? Append(decision.Records) : ErrorCode.MessageTooLarge;
        if (outcome != ErrorCode.MessageTooLarge || !decision.IsDivisible) return outcome;
        outcome = decision.WholeCount > 0 ? Append([.. decision.Records.Take(decision.WholeCount)]) : ErrorCode.None;
        if (outcome != ErrorCode.None) return outcome;
        foreach (var part in decision.Records.Skip(decision.WholeCount).Chunk(RecordsOfPartMax))
        {
            var error = AppendInParts(part);
            if (error != ErrorCode.None) return error;
        }
        return ErrorCode.None;
    }

    /// <summary>In as many batches as it takes.</summary>
    private ErrorCode AppendInParts(ArraySegment<CoordinatorRecord> records)
    {
        var error = Append(records);
        if (error != ErrorCode.MessageTooLarge || records.Count == 1) return error;
        int half = records.Count / 2;
        error = AppendInParts(records[..half]);
        return error == ErrorCode.None ? AppendInParts(records[half..]) : error;
    }

    private ErrorCode Append(IReadOnlyList<CoordinatorRecord> records)
    {
        long offset = _log.EndOffset;
        var error = _log.Append(records, _environment.Clock.Now.UtcMs);
        if (error != ErrorCode.None) return error;
        foreach (var record in records) _machine.Apply(record, offset++);
        return ErrorCode.None;
    }

    private void GiveUp(Decision<CoordinatorRecord> decision, ErrorCode error)
    {
        // What a log has against a producer is its asker's to know, and no failure. A full disk refuses one after the other: the first says it.
        bool isOfProducer = error is ErrorCode.InvalidProducerEpoch or ErrorCode.InvalidTxnState or ErrorCode.TransactionCoordinatorFenced;
        bool isTold = isOfProducer || (_isRefusedRoom && error == ErrorCode.KafkaStorageError);
        if (!isTold) _environment.Logger.CoordinatorAppendFailed(_name, decision.Records.Count, error);
        _isRefusedRoom = error == ErrorCode.KafkaStorageError;
        var shown = isOfProducer || error == ErrorCode.MessageTooLarge ? error : ErrorCode.CoordinatorNotAvailable;
        foreach (var reply in decision.Replies)
        {
            if (_askers.Remove(reply.To, out var asker)) asker.Refuse(shown);
        }
        CarryOut(_machine.AppendFailed(decision, _environment.Clock.Now));
    }

    private void Break(Exception fault)
    {
        _environment.Logger.CoordinatorBroken(_name, fault);
        Close();
    }

    private void Close()
    {
        _isClosed = true;
        foreach (var asker in _askers.Values) asker.Refuse(ErrorCode.CoordinatorNotAvailable);
        _askers.Clear();
    }

    /// <summary>Begins an effect when what it follows from is committed. If that fails the broker stops, and the next start asks again.</summary>
    private sealed class EffectAsker(Action<Effect> carryOut) : IAsker
    {
        public void Answer(object answer) => carryOut((Effect)answer);

        public void Refuse(ErrorCode error)
        {
        }
    }
}
