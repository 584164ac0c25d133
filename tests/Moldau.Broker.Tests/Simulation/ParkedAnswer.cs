namespace Moldau.Broker.Tests.Simulation;

/// <summary>An answer that its client looks for from time to time. It is lost with the broker that it was asked of.</summary>
internal sealed class ParkedAnswer<TResponse>(SimulatedBroker broker, Task<TResponse?> answer) where TResponse : class
{
    private const int LooksAtOnce = 200;

    private readonly int _life = broker.Lives;

    /// <summary>False: it may still come.</summary>
    public async Task<bool> IsThereAsync()
    {
        // The broker's threads are to have a chance to run while simulated time goes on.
        for (int looks = 0; looks < LooksAtOnce && !answer.IsCompleted && !broker.IsDown; looks++) await Task.Yield();
        return answer.IsCompleted || broker.IsDown || _life != broker.Lives;
    }

    /// <summary>Null: none came.</summary>
    public async Task<TResponse?> TakeAsync() => broker.IsDown || _life != broker.Lives ? null : await answer;
}
