namespace Moldau.Broker.Tests.Simulation;

/// <summary>An answer that its client looks for from time to time. It is lost with the broker that it was asked of.</summary>
/// <param name="asked">What the broker was asked, whether its answer reaches the client or not.</param>
/// <param name="heard">The one that reaches it; null where none does.</param>
internal sealed class ParkedAnswer<TResponse>(SimulatedBroker broker, IReadOnlyList<Task<TResponse?>> asked, Task<TResponse?>? heard) where TResponse : class
{
    private const int LooksAtOnce = 200;

    private readonly int _life = broker.Lives;
    private readonly Task<TResponse?> _answer = heard ?? Task.FromResult<TResponse?>(null);
    private Task<TResponse?>? _takenFrom;

    /// <summary>The answers that the broker has given and the client does not know of.</summary>
    public IEnumerable<TResponse> Unheard => asked.Where(answer => answer != _takenFrom && answer.IsCompletedSuccessfully).Select(answer => answer.Result).OfType<TResponse>();

    /// <summary>False: it may still come.</summary>
    public async Task<bool> IsThereAsync()
    {
        // The broker's threads are to have a chance to run while simulated time goes on.
        for (int looks = 0; looks < LooksAtOnce && !_answer.IsCompleted && !broker.IsDown; looks++) await Task.Yield();
        return _answer.IsCompleted || broker.IsDown || _life != broker.Lives;
    }

    /// <summary>Null: none came.</summary>
    public async Task<TResponse?> TakeAsync()
    {
        if (broker.IsDown || _life != broker.Lives) return null;
        _takenFrom = _answer;
        return await _answer;
    }
}
