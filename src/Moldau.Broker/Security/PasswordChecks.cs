using Moldau.Broker.Net;
using Moldau.Log.Commit;

namespace Moldau.Broker.Security;

/// <summary>
/// Compares passwords with salted keys, one at a time on a thread of its own, in the order of asking. To derive the keys costs milliseconds
/// of a core, and whoever may connect may ask for it: so much of the machine it gets, and no more.
/// </summary>
internal sealed class PasswordChecks : IDisposable
{
    /// <summary>Logins that wait for their turn: a few seconds of work.</summary>
    public const int WaitingMax = 256;

    private readonly Lock _lock = new();
    private readonly Queue<Waiting> _waiting = new();
    private readonly Lazy<BackgroundWorker> _worker; // Most brokers never need it.

    public PasswordChecks() => _worker = new(() => new BackgroundWorker("Moldau passwords", RunOne, static _ => { /* A check that fails is its login's own matter. */ }));

    private sealed record Waiting(Func<SaslStep> Check, CancellationToken Closed)
    {
        public TaskCompletionSource<SaslStep> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>What comes of the check when it is its turn; of a connection that is closed by then it is not made.</summary>
    /// <exception cref="ConnectionEndException">Too many are waiting.</exception>
    public Task<SaslStep> RunAsync(Func<SaslStep> check, CancellationToken closed)
    {
        var waiting = new Waiting(check, closed);
        lock (_lock)
        {
            // To be closed without an answer is no refusal: clients try again.
            if (_waiting.Count >= WaitingMax)
                throw new ConnectionEndException(ConnectionEnd.TooManyLogins, $"{WaitingMax} logins are waiting for their passwords to be checked already");
            _waiting.Enqueue(waiting);
        }
        _worker.Value.Wake();
        return waiting.Done.Task;
    }

    /// <summary>Connections must have ended before.</summary>
    public void Dispose()
    {
        if (_worker.IsValueCreated) _worker.Value.Dispose();
    }

    private bool RunOne()
    {
        if (Next() is not { } waiting) return false;
        if (waiting.Closed.IsCancellationRequested) waiting.Done.SetResult(SaslStep.Refuse("The connection was closed before its turn to log in."));
        else Run(waiting);
        return true;
    }

    private static void Run(Waiting waiting)
    {
        try
        {
            waiting.Done.SetResult(waiting.Check());
        }
        catch (Exception e)
        {
            waiting.Done.SetException(e); // The login's own; its endpoint logs it.
        }
    }

    private Waiting? Next()
    {
        lock (_lock) return _waiting.TryDequeue(out var waiting) ? waiting : null;
    }
}
