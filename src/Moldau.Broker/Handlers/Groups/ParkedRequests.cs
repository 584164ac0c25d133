namespace Moldau.Broker.Handlers.Groups;

/// <summary>Requests that wait for what other members do, for as long as a rebalance may take.</summary>
internal static class ParkedRequests
{
    /// <summary>The answer; or the refusal when the connection ends before, since nobody will be there for the answer.</summary>
    public static ValueTask<TAnswer?> UntilClosedAsync<TAnswer>(this ValueTask<TAnswer?> answer, RequestContext context, Func<TAnswer> refuse)
        where TAnswer : class =>
        answer.IsCompleted ? answer : WaitAsync(answer.AsTask(), refuse, context.ConnectionClosed);

    private static async ValueTask<TAnswer?> WaitAsync<TAnswer>(Task<TAnswer?> answer, Func<TAnswer> refuse, CancellationToken closed)
        where TAnswer : class
    {
        try
        {
            return await answer.WaitAsync(closed).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (closed.IsCancellationRequested)
        {
            return refuse();
        }
    }
}
