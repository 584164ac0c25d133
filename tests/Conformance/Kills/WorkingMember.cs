using System.Diagnostics;

namespace Moldau.Conformance.Kills;

/// <summary>
/// A member of a group in a process of its own, that writes each record of a topic into another. It is killed with kill -9, or fails when the broker is;
/// then it is started again under the same name. Or it is paused, and does not notice.
/// </summary>
internal sealed class WorkingMember(string name, Func<Process> start) : IDisposable
{
    /// <summary>How often it may end before it has done anything: a broker that is gone ends it, and the group that has not given up its predecessor of the same instance.</summary>
    private const int FailuresMax = 20;

    private const int LastWordsMax = 4_000;

    private TaskCompletionSource _reached = NewSignal();
    private string _stage = "";
    private Process? _process;
    private Task<string>? _errors;
    private string _lastFailure = "";
    private int _failures;
    private int _done;

    /// <summary>How many records it has done so far, as far as it could say so.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <summary>Starts it, if it does not run.</summary>
    public async Task TendAsync()
    {
        if (_process is { HasExited: false }) return;
        if (_process is not null)
        {
            _lastFailure = await _errors!;
            Assert.True(Interlocked.Increment(ref _failures) <= FailuresMax, $"The member {name} ends each time: {_lastFailure}");
        }
        Start();
    }

    /// <summary>Completes when it says the next time that it is so far.</summary>
    public Task ReachedAsync(string stage)
    {
        _reached = NewSignal();
        Volatile.Write(ref _stage, stage);
        return _reached.Task;
    }

    /// <summary>What kill -9 does; its successor begins at once.</summary>
    public void KillAndReplace()
    {
        _process!.Kill();
        _process.WaitForExit();
        Start();
    }

    public void Pause() => Send("-STOP");

    public void Resume() => Send("-CONT");

    public void Dispose()
    {
        if (_process is { HasExited: false }) _process.Kill();
        _process?.Dispose();
    }

    /// <summary>Ends it for good; what is known of it, for whoever wants to know why it got nothing done.</summary>
    public async Task<string> LastWordsAsync()
    {
        bool isRunning = _process is { HasExited: false };
        if (isRunning) _process!.Kill();
        string errors = _lastFailure + (_errors is null ? "" : await _errors);
        return $"{name}: {Done} done, {(isRunning ? "ran" : "had ended")}. {errors[^Math.Min(errors.Length, LastWordsMax)..]}";
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Send(string signal) => Process.Start("kill", [signal, $"{_process!.Id}"]).WaitForExit();

    private void Start()
    {
        _process?.Dispose();
        _process = start();
        _errors = _process.StandardError.ReadToEndAsync();
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.BeginOutputReadLine();
    }

    private void Hear(string? line)
    {
        if (int.TryParse(line, out int done) && done > 0)
        {
            Interlocked.Add(ref _done, done);
            Volatile.Write(ref _failures, 0);
        }
        else if (line == Volatile.Read(ref _stage))
        {
            _reached.TrySetResult();
        }
    }
}
