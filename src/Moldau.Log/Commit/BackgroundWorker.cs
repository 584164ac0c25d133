namespace Moldau.Log.Commit;

/// <summary>A thread of its own that runs rounds of work as long as there is some, and sleeps until it is woken.</summary>
internal sealed class BackgroundWorker : IDisposable
{
    private readonly object _gate = new();
    private readonly Func<bool> _runRound;
    private readonly Thread _thread;
    private bool _woken;
    private bool _stopping;

    public BackgroundWorker(string name, Func<bool> runRound)
    {
        _runRound = runRound;
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
            while (_runRound())
            {
            }
            if (last) return;
        }
    }
}
