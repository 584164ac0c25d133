using System.Runtime.CompilerServices;

namespace Moldau.TestKit;

/// <summary>Waits for what other threads are about to do, without a pause. Where they never do it, the test fails instead of hanging.</summary>
public static class Patiently
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <exception cref="TimeoutException">It did not come about in two minutes.</exception>
    public static Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string? what = null) =>
        UntilAsync(() => Task.FromResult(condition()), what);

    /// <inheritdoc cref="UntilAsync(Func{bool}, string?)"/>
    public static async Task UntilAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        long begun = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(begun) > Patience) throw new TimeoutException($"It never came about: {what}.");
            await Task.Yield();
        }
    }
}
