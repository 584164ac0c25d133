using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Moldau.Cli.Terminal;

/// <summary>Ctrl-C and SIGTERM: the first asks the command to finish what is under way, a second ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    /// <summary>Supervisors signal a process and its group in one go: so soon after the first a signal is no second decision.</summary>
    private static readonly TimeSpan OneDecision = TimeSpan.FromMilliseconds(300);

    /// <summary>An output that takes nothing must not keep the process from its end.</summary>
    private static readonly TimeSpan LastWordsMax = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly PosixSignalRegistration[] _registrations;
    private long _firstAt;

    public StopSignals()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle),
        ];
    }

    public CancellationToken Token => _stop.Token;

    /// <summary>For last words only: the process ends right behind them.</summary>
    public CancellationToken Abandoned => _abandon.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
        _abandon.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_stop.IsCancellationRequested)
        {
            if (Stopwatch.GetElapsedTime(_firstAt) < OneDecision)
            {
                return;
            }

            Task.Run(_abandon.Cancel).Wait(LastWordsMax);
            Environment.Exit(ExitCodes.Abandoned);
        }

        _firstAt = Stopwatch.GetTimestamp();
        _stop.Cancel();
    }
}
