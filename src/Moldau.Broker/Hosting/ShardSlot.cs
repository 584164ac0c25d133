namespace Moldau.Broker.Hosting;

/// <summary>
/// The place of one shard. While its log cannot be read, the shard is started again when somebody asks for it, not more often than its
/// interval allows; in between it tells everybody that there is no coordinator.
/// </summary>
internal sealed class ShardSlot<TInput>(Func<ShardHost<TInput>> start, ShardEnvironment environment)
{
    private readonly Lock _lock = new();
    private readonly GrowingInterval _restarts = new(environment.Clock.Time, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
    private volatile ShardHost<TInput> _host = start();
    private bool _wasUnreadable;
    private bool _isStopped;

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
        lock (_lock) _isStopped = true;
        return _host.StopAsync();
    }

    private ShardHost<TInput> Restarted()
    {
        lock (_lock)
        {
            if (_isStopped || _host.Unreadable is not { } cause || !_restarts.TryTake()) return _host;
            if (!_wasUnreadable) environment.Logger.CoordinatorUnreadable(_host.Name, cause.Message);
            _wasUnreadable = true;
            return _host = start();
        }
    }
}
