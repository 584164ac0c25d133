using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Coordination.Transactions;
using Moldau.Protocol;

namespace Moldau.Broker.Hosting;

/// <summary>The transaction coordinator of this broker: finds a transactional id's shard, and has markers written for it.</summary>
internal sealed class TransactionHost
{
    private readonly CoordinatorShards<TransactionInput> _shards;
    private readonly ProducerIdSource _ids;
    private readonly TransactionMarkers _markers;
    private readonly ShardEnvironment _environment;
    private readonly ToldOnce _failing;
    private readonly ToldOnce _withoutId;

    public TransactionHost(
        Func<TransactionSettings> settings, ICoordinatorLogs logs, ProducerIdSource ids, TransactionMarkers markers, ShardEnvironment environment)
    {
        (_ids, _markers, _environment) = (ids, markers, environment);
        _failing = new("transactions without all their markers", environment.Clock.Time, environment.Logger);
        _withoutId = new("producers without a new id", environment.Clock.Time, environment.Logger);
        _shards = new(TopicNames.TransactionState, logs, environment, (name, log) =>
        {
            var shard = new ShardHost<TransactionInput>(name, new TransactionShard(settings()), log, environment, (told, effect) =>
            {
                if (effect is WriteMarkers markers) _ = WriteMarkersAsync(told, markers, log.LeaderEpoch);
                else if (effect is ProducerIdWanted wanted) _ = GiveProducerIdAsync(told, wanted.TransactionalId);
            });
            shard.BeginLoad();
            return shard;
        });
    }

    /// <summary>What writes of a next transaction wait for.</summary>
    public TransactionEnds Ends { get; } = new();

    public void Start() => _shards.Start();

    public Task StopAsync() => _shards.StopAsync();

    public ValueTask<ErrorCode> EnsureTopicAsync() => _shards.EnsureTopicAsync();

    /// <summary>Asks about one id. As long as the topic does not exist this broker coordinates none, which the given error says.</summary>
    public async ValueTask<TAnswer> AskAsync<TAnswer>(
        string transactionalId, object request, Func<ErrorCode, TAnswer> refuse, ErrorCode absent = ErrorCode.NotCoordinator)
        where TAnswer : class
    {
        if (_shards.Of(transactionalId) is not { } shard) return refuse(absent);
        object? answer = await AskAsync(shard, request, freshId: null, refuse).ConfigureAwait(false);
        if (answer is ProducerIdNeeded)
        {
            if (await _ids.TryNextAsync().ConfigureAwait(false) is not { } freshId) return refuse(ProducerIdSource.NoneNow);
            answer = await AskAsync(shard, request, freshId, refuse).ConfigureAwait(false);
        }
        return (TAnswer)answer!;
    }

    /// <summary>Asks every shard. Where there is none yet there are no transactions, and asking makes none.</summary>
    public Task<TransactionList?[]> ListAsync(TransactionFilter filter, Func<ErrorCode, TransactionList> refuse) =>
        Task.WhenAll(_shards.All.Select(shard => shard.Host.AskAsync<TransactionList>(token => new TransactionCall(token, filter), refuse).AsTask()));

    private static ValueTask<object?> AskAsync(
        ShardHost<TransactionInput> shard, object request, long? freshId, Func<ErrorCode, object> refuse) =>
        shard.AskAsync<object>(token => new TransactionCall(token, request) { FreshProducerId = freshId }, error => refuse(Shown(error)));

    /// <summary>What is too large is the record of the transaction. A producer would take it for his batch, and divide that in vain.</summary>
    private static ErrorCode Shown(ErrorCode error) => error == ErrorCode.MessageTooLarge ? ErrorCode.UnknownServerError : error;

    private async Task GiveProducerIdAsync(ShardHost<TransactionInput> shard, string transactionalId)
    {
        long? freshId = null;
        try
        {
            freshId = await _ids.NextAsync().ConfigureAwait(false);
            _withoutId.Over(transactionalId);
        }
#pragma warning disable CA1031 // Nobody awaits this: a fault must not leave the transaction open until the next start.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            if (_withoutId.IsNews(transactionalId, fault.Message)) _environment.Logger.CoordinatorFaulted(TopicNames.TransactionState, fault);
        }
        shard.Tell(new ProducerIdGiven(transactionalId, freshId));
    }

    private async Task WriteMarkersAsync(ShardHost<TransactionInput> shard, WriteMarkers effect, int coordinatorEpoch)
    {
        var error = await TryWriteMarkersAsync(effect, coordinatorEpoch).ConfigureAwait(false);
        if (error == ErrorCode.None)
        {
            _failing.Over(effect.TransactionalId);
            shard.Tell(new MarkersWritten(effect));
            Ends.Reached(effect.TransactionalId); // Whoever asks the shard now asks behind that.
            return;
        }
        if (_failing.IsNews(effect.TransactionalId, error.ToString())) _environment.Logger.MarkersNotWritten(effect.TransactionalId, error);
        shard.Tell(new MarkersNotWritten(effect));
    }

    private async Task<ErrorCode> TryWriteMarkersAsync(WriteMarkers effect, int coordinatorEpoch)
    {
        try
        {
            return await _markers.WriteAsync(effect, coordinatorEpoch).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Nobody awaits this: a fault must not leave the transaction open until the next start.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _environment.Logger.CoordinatorFaulted(TopicNames.TransactionState, fault);
            return ErrorCode.UnknownServerError;
        }
    }
}
