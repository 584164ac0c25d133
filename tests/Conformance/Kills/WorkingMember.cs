using System.Diagnostics;
using Moldau.Conformance.Clients;

namespace Moldau.Conformance.Kills;

/// <summary>
/// A member of a group in a process of its own, that writes each record of a topic into another in transactions. It is killed with kill -9, or fails when
/// the broker is; then it is started again under the same transactional id.
/// </summary>
internal sealed class WorkingMember(string bootstrap, string group, string transactionalId, string source, string target) : IDisposable
{
    /// <summary>A client that cannot go on ends, which it may do after each kill of the broker, and not all the time.</summary>
    private const int FailuresMax = 5;

    private Process? _process;
    private Task<string>? _errors;
    private int _failures;
    private int _done;

    /// <summary>How many records its transactions have done so far, as far as it could say so.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <summary>Starts it, if it does not run.</summary>
    public async Task TendAsync()
    {
        if (_process is { HasExited: false }) return;
        if (_process is not null) Assert.True(++_failures <= FailuresMax, $"The member {transactionalId} ends each time: {await _errors!}");
        Start();
    }

    /// <summary>What kill -9 does, in the middle of whatever it is at; its successor begins at once.</summary>
    public void KillAndReplace()
    {
        _process!.Kill();
        _process.WaitForExit();
        _failures = 0;
        Start();
    }

    public void Dispose()
    {
        if (_process is { HasExited: false }) _process.Kill();
        _process?.Dispose();
    }

    private void Start()
    {
        _process?.Dispose();
        _process = ClientProgram.PythonConfluentKafkaMember.Start("work", bootstrap, group, transactionalId, source, target);
        _errors = _process.StandardError.ReadToEndAsync();
        _process.OutputDataReceived += (_, line) => Interlocked.Add(ref _done, int.TryParse(line.Data, out int done) ? done : 0);
        _process.BeginOutputReadLine();
    }
}
