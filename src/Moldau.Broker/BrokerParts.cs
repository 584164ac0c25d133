using System.Runtime.ExceptionServices;

namespace Moldau.Broker;

/// <summary>
/// What a broker is made of, in the order of making; closed in the other one, by a stop and by a start that fails. Whatever part fails to
/// close, those below it are closed: the next start needs the lock of the log directory.
/// </summary>
internal sealed class BrokerParts : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _parts = [];

    public TPart Add<TPart>(TPart part) where TPart : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }

    public async ValueTask DisposeAsync()
    {
        ExceptionDispatchInfo? failure = null;
        while (_parts.TryPop(out var part))
        {
            try
            {
                await part.DisposeAsync().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // The first failure is thrown when all are closed; it is often the cause of the others.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure ??= ExceptionDispatchInfo.Capture(e);
            }
        }
        failure?.Throw();
    }
}
