namespace Moldau.Log.Commit;

/// <summary>A thread of its own that runs rounds of work as long as there is some, and sleeps until it is woken.</summary>
internal sealed class BackgroundWorker : IDisposable
{
    private readonly object _gate = new();
    private readonly Func<bool> _runRound;
    private readonly Action<Exception> _failed;
    private readonly Thread _thread;
    private bool _woken;
    private bool _stopping;

    /// <param name="name">The thread's.</param>
    /// <param name="runRound">Does some work; false if there was none.</param>
    /// <param name="failed">Told of an exception, after which the thread has ended.</param>
    public BackgroundWorker(string name, Func<bool> runRound, Action<Exception> failed)
    {
        _runRound = runRound;
        _failed = failed;
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    public void Wake()
    {
        lock (_gate)
        {
            if (_woken) return;
            _woken = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Runs what is left and ends the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }
        if (Thread.CurrentThread != _thread) _thread.Join();
    }

    private void Run()
    {
        while (true)
        {
            bool last;
            lock (_gate)
            {
                while (!_woken && !_stopping) Monitor.Wait(_gate);
                _woken = false;
                last = _stopping;
            }
            if (!TryRunRounds() || last) return;
        }
    }

    private bool TryRunRounds()
    {
        try
        {
            while (_runRound())
            {
            }
            return true;
        }
        catch (Exception e)
        {
            // Nobody else would hear of it, and the program that the broker is embedded in must not end by it.
            _failed(e);
            return false;
        }
    }
}
