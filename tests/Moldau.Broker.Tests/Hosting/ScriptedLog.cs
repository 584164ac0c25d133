using System.Threading.Channels;
using Moldau.Broker.Hosting;
using Moldau.Coordination;
using Moldau.Protocol;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Tests.Hosting;

/// <summary>A shard's log in memory that commits and fails when a test says so.</summary>
internal sealed class ScriptedLog : ICoordinatorLog
{
    private readonly Lock _lock = new();
    private readonly List<(byte[] Key, byte[]? Value)> _records = [];
    private readonly List<(long EndOffset, TaskCompletionSource Committed)> _waiting = [];
    private readonly TaskCompletionSource _replayBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _replayed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<int> _appends = Channel.CreateUnbounded<int>();
    private long _committed;
    private IOException? _failure;

    public Task ReplayBegun => _replayBegun.Task;

    /// <summary>Completes when it was read to its end.</summary>
    public Task Replayed => _replayed.Task;

    public bool CommitsAtOnce { get; set; } = true;

    public ErrorCode NextAppend { get; set; }

    /// <summary>As many records as a batch may have.</summary>
    public int RecordsMax { get; set; } = int.MaxValue;

    /// <summary>As if there were no room or no handle to open it.</summary>
    public bool IsUnavailable { get; set; }

    /// <summary>Offsets that a replay cannot read.</summary>
    public IReadOnlyList<(long First, long Last)> Damaged { get; init; } = [];

    /// <summary>Keeps a replay waiting until the test opens it.</summary>
    public ManualResetEventSlim Readable { get; } = new(initialState: true);

    public long EndOffset
    {
        get
        {
            lock (_lock) return _records.Count;
        }
    }

    public int LeaderEpoch => 0;

    public ErrorCode Append(IReadOnlyList<CoordinatorRecord> records, long utcMs)
    {
        var error = NextAppend;
        NextAppend = ErrorCode.None;
        if (error != ErrorCode.None) return error;
        if (records.Count > RecordsMax) return ErrorCode.MessageTooLarge;
        lock (_lock) _records.AddRange(records.Select(Stored));
        if (CommitsAtOnce) Commit();
        _appends.Writer.TryWrite(records.Count);
        return ErrorCode.None;
    }

    public bool IsCommitted(long endOffset)
    {
        lock (_lock) return endOffset <= _committed;
    }

    public ValueTask CommittedAsync(long endOffset)
    {
        lock (_lock)
        {
            if (endOffset <= _committed) return ValueTask.CompletedTask;
            if (_failure is not null) return ValueTask.FromException(_failure);
            var committed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((endOffset, committed));
            return new ValueTask(committed.Task);
        }
    }

    public IReadOnlyList<(long First, long Last)> Replay(RecordReader read, Action<CoordinatorRecord, long> apply)
    {
        _replayBegun.TrySetResult();
        Readable.Wait();
        if (IsUnavailable) throw new LogUnavailableException("There is no room for the log.");
        for (int offset = 0; offset < _records.Count; offset++)
        {
            var (key, value) = _records[offset];
            if (read(key, value is null ? (ReadOnlyMemory<byte>?)null : value) is { } record) apply(record, offset);
        }
        _replayed.TrySetResult();
        return Damaged;
    }

    public ErrorCode DeleteBefore(long offset) => ErrorCode.None;

    /// <summary>Completes when so many appends have been made that were not waited for yet.</summary>
    public async Task Appended(int count)
    {
        for (int seen = 0; seen < count; seen++) await _appends.Reader.ReadAsync();
    }

    public void Commit()
    {
        lock (_lock)
        {
            _committed = _records.Count;
            Settle(waiting => waiting.TrySetResult());
        }
    }

    /// <summary>What is not committed now never will be, whether it is waited for already or not.</summary>
    public void Fail()
    {
        lock (_lock)
        {
            _failure = new IOException("The disk is gone.");
            Settle(waiting => waiting.TrySetException(_failure));
        }
    }

    private void Settle(Action<TaskCompletionSource> settle)
    {
        foreach (var (_, committed) in _waiting) settle(committed);
        _waiting.Clear();
    }

    private static (byte[] Key, byte[]? Value) Stored(CoordinatorRecord record)
    {
        using var key = new WireWriter();
        record.WriteKey(key);
        if (record.Value is null) return (key.Written.ToArray(), null);
        using var value = new WireWriter();
        record.WriteValue(value);
        return (key.Written.ToArray(), value.Written.ToArray());
    }
}
