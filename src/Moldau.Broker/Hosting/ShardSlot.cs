namespace Moldau.Broker.Hosting;

/// <summary>
/// The place of one shard. While its log cannot be read, the shard is started again when somebody asks for it, not more often than its
/// interval allows, and now and then by itself; in between it tells everybody that there is no coordinator.
/// </summary>
internal sealed class ShardSlot<TInput>
{
    private static readonly TimeSpan RestartEveryMax = TimeSpan.FromSeconds(5);

    private readonly Func<ShardHost<TInput>> _start;
    private readonly ShardEnvironment _environment;
    private readonly Lock _lock = new();
    private readonly GrowingInterval _restarts;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ShardHost<TInput> _host;
    private bool _wasUnreadable;

    public ShardSlot(Func<ShardHost<TInput>> start, ShardEnvironment environment)
    {
        (_start, _environment) = (start, environment);
        _restarts = new GrowingInterval(environment.Clock.Time, TimeSpan.FromSeconds(1), RestartEveryMax);
        _host = Start();
    }

    public ShardHost<TInput> Host => _host is { Unreadable: null } host ? host : Restarted();

    /// <summary>Tells the shard that is there. One that could not be read learns it when it is started.</summary>
    public void Tell(Func<TInput> input)
    {
        ShardHost<TInput> host;
        lock (_lock) host = _host; // One that is being started may have looked before: it is waited for.
        host.Tell(input);
    }

    /// <inheritdoc cref="ShardHost{TInput}.StopAsync"/>
    public Task StopAsync()
    {
        lock (_lock) _stopped.TrySetResult();
        return _host.StopAsync();
    }

    private ShardHost<TInput> Restarted()
    {
        lock (_lock)
        {
            if (_stopped.Task.IsCompleted || _host.Unreadable is not { } cause || !_restarts.TryTake()) return _host;
            if (!_wasUnreadable) _environment.Logger.CoordinatorUnreadable(_host.Name, cause.Message);
            _wasUnreadable = true;
            return _host = Start();
        }
    }

    private ShardHost<TInput> Start()
    {
        var host = _start();
        _ = RestartLaterAsync(host);
        return host;
    }

    /// <summary>Nobody may ever ask for a shard in which a transaction waits for its markers, and readers with it.</summary>
    private async Task RestartLaterAsync(ShardHost<TInput> host)
    {
        await host.Loaded.ConfigureAwait(false);
        if (host.Unreadable is null) return;
        await Task.WhenAny(Task.Delay(RestartEveryMax, _environment.Clock.Time), _stopped.Task).ConfigureAwait(false);
        Restarted();
    }
}
