using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Protocol;

namespace Moldau.Broker.Topics;

/// <summary>
/// Hands out producer ids, each once for ever. A block of them is reserved in the metadata log before the first is given away.
/// </summary>
internal sealed class ProducerIdSource(MetadataHost metadata, int nodeId)
{
    /// <summary>What a producer is told where there is no id to be had now. At the error of a disk older ones would give up.</summary>
    public const ErrorCode NoneNow = ErrorCode.CoordinatorLoadInProgress;

    private readonly Lock _lock = new();
    private ProducerIdBlock _block;
    private int _used;
    private Task? _reserving;

    public async ValueTask<long> NextAsync()
    {
        while (true)
        {
            Task reserving;
            lock (_lock)
            {
                if (_used < _block.Count) return _block.First + _used++;
                reserving = _reserving ??= ReserveAsync();
            }
            await reserving.ConfigureAwait(false);
        }
    }

    /// <summary>Null where the metadata log cannot take the next block now; it has said why.</summary>
    public async ValueTask<long?> TryNextAsync()
    {
        try
        {
            return await NextAsync().ConfigureAwait(false);
        }
        catch (LogOfflineException)
        {
            return null;
        }
    }

    private async Task ReserveAsync()
    {
        // Beyond the lock that the caller holds.
        await Task.Yield();
        try
        {
            var block = await metadata.AskAsync(image => ProducerIdDecisions.Allocate(image, image.Brokers[nodeId])).ConfigureAwait(false);
            lock (_lock) (_block, _used) = (block, 0);
        }
        finally
        {
            lock (_lock) _reserving = null;
        }
    }
}
