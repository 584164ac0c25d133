using Moldau.Protocol;

namespace Moldau.Cli.Clients;

/// <summary>
/// A cluster that has had no group yet makes the coordinators' topic when it is first asked about one. A broker is named as a coordinator before it knows of that, and
/// reads its part of the topic first. Until then they refuse; the client library waits by itself.
/// </summary>
internal static class CoordinatorStart
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Asks again while the coordinator is just starting, for some seconds.</summary>
    /// <returns>The first answer that is another, or the last one.</returns>
    /// <exception cref="OperationCanceledException">Stopped meanwhile.</exception>
    public static async Task<T> AwaitAsync<T>(Func<Task<T>> ask, Func<T, ErrorCode> refusal, CancellationToken stop)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var answer = await ask().ConfigureAwait(false);
            if (!IsStarting(refusal(answer)) || TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                return answer;
            }

            await Task.Delay(Pause, stop).ConfigureAwait(false);
        }
    }

    private static bool IsStarting(ErrorCode refusal) =>
        refusal is ErrorCode.CoordinatorNotAvailable or ErrorCode.CoordinatorLoadInProgress or ErrorCode.NotCoordinator;
}
