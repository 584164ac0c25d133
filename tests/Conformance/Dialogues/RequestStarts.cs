using System.Diagnostics.Metrics;

namespace Moldau.Conformance.Dialogues;

/// <summary>
/// Tells when a broker of this process has begun with a request. One that is answered later must have begun before the next is sent on
/// another connection, as it had when the dialogue was recorded.
/// </summary>
internal sealed class RequestStarts : IDisposable
{
    private readonly MeterListener _meter = new();
    private TaskCompletionSource? _next;

    public RequestStarts()
    {
        _meter.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "Moldau", Name: "moldau.requests" }) listener.EnableMeasurementEvents(instrument);
        };
        _meter.SetMeasurementEventCallback<long>((_, _, _, _) => Interlocked.Exchange(ref _next, null)?.TrySetResult());
        _meter.Start();
    }

    /// <summary>Completes with the next request that begins.</summary>
    public Task NextAsync()
    {
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _next, next);
        return next.Task;
    }

    public void Dispose() => _meter.Dispose();
}
