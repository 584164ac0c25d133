using Confluent.Kafka;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;
using ErrorCode = Moldau.Protocol.ErrorCode;

namespace Moldau.Cli.Clients;

/// <summary>
/// Asks the coordinators of transactions, which the client library cannot. Any broker may be one, so all are asked: to look for the one of an id would make
/// a broker create the coordinators' topic.
/// </summary>
internal sealed class TransactionCoordinators(Cluster cluster, Connection connection, CancellationToken stop)
{
    private const short ListVersionMax = 2, DurationsSince = 1, PatternsSince = 2, DescribeVersion = 0, InitializeVersionMax = 5;

    /// <summary>Below what any broker permits. It counts for nobody: the next producer of the id brings its own.</summary>
    private const int FenceTimeoutMs = 1_000;

    /// <summary>All that pass, of the brokers that answer. Those with an open transaction are described.</summary>
    /// <exception cref="UsageFailure">A broker does not take the pattern.</exception>
    public async Task<TransactionListing> ListAsync(ListTransactionsRequest wanted)
    {
        // At once: those that hang do so for seconds.
        var said = await Task.WhenAll(cluster.Brokers.Select(broker => AskAsync(broker, call => ListAsync(call, broker, wanted)))).ConfigureAwait(false);
        return new TransactionListing([.. said.SelectMany(s => s.Answer ?? [])], [.. said.Select(s => s.Silent).OfType<SilentBroker>()]);
    }

    /// <summary>The id as its coordinator describes it; null where there is none.</summary>
    /// <exception cref="CommandFailure">No broker says that it is the coordinator.</exception>
    public async Task<TransactionView?> FindAsync(string id)
    {
        var said = await Task.WhenAll(cluster.Brokers.Select(broker => AskAsync(broker, call => DescribeAsync(call, broker, [id])))).ConfigureAwait(false);
        var answers = said.SelectMany(s => s.Answer is { } told ? told.Values.AsEnumerable() : []).ToLookup(answer => answer.Error, answer => answer.View);
        if (answers[ErrorCode.None].FirstOrDefault() is { } found)
        {
            return found;
        }

        if (answers.Contains(ErrorCode.TransactionalIdNotFound))
        {
            return null;
        }

        if (answers.FirstOrDefault(answer => answer.Key != ErrorCode.NotCoordinator) is { } refused)
        {
            throw new CommandFailure($"The broker refused to describe {id} ({refused.Key}).", "");
        }

        // No broker coordinates anything before the first transactional id.
        return said.All(s => s.Silent is null) && cluster.Partitions(TopicNames.TransactionState) == 0
            ? null
            : throw new CommandFailure(
                [$"No broker says that it coordinates {id}.", .. said.Select(s => s.Silent).OfType<SilentBroker>().Select(s => $"{s.Address} does not answer: {s.Reason}.")],
                "Coordinators move where a broker starts or stops. Try again when all brokers of the cluster answer.");
    }

    /// <summary>The same id as it is now.</summary>
    /// <exception cref="IOException">Its coordinator does not say.</exception>
    public async Task<TransactionView> AgainAsync(TransactionView view)
    {
        using var call = await ConnectAsync(view.Coordinator).ConfigureAwait(false);
        var (error, again) = (await DescribeAsync(call, view.Coordinator, [view.Id]).ConfigureAwait(false))[view.Id];
        return again ?? throw new IOException($"it does not describe {view.Id} any more ({error})");
    }

    /// <summary>
    /// Gives the id to nobody, under an epoch that its producer does not have: the answer to who is in a transaction is that it must be aborted first
    /// (<see cref="ErrorCode.ConcurrentTransactions"/>), which begins by that; the same is said where its end was decided already, or is just being changed.
    /// </summary>
    /// <exception cref="IOException">Its coordinator does not answer.</exception>
    public async Task<ErrorCode> FenceAsync(TransactionView view)
    {
        using var call = await ConnectAsync(view.Coordinator).ConfigureAwait(false);
        short version = await call.NewestAsync<InitProducerIdRequest>(InitializeVersionMax).ConfigureAwait(false);
        var request = new InitProducerIdRequest { TransactionalId = view.Id, TransactionTimeoutMs = Math.Min(view.TimeoutMs, FenceTimeoutMs), ProducerId = -1, ProducerEpoch = -1 };
        return (await call.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(request, version).ConfigureAwait(false)).ErrorCode;
    }

    private async Task<(T? Answer, SilentBroker? Silent)> AskAsync<T>(BrokerMetadata broker, Func<BrokerCall, Task<T>> ask)
        where T : class
    {
        try
        {
            using var call = await ConnectAsync(broker).ConfigureAwait(false);
            return (await ask(call).ConfigureAwait(false), null);
        }
        catch (IOException e)
        {
            return (default, new SilentBroker(BrokerAddresses.Of(broker), e.Message.TrimEnd('.')));
        }
    }

    private async Task<List<TransactionView>> ListAsync(BrokerCall call, BrokerMetadata coordinator, ListTransactionsRequest wanted)
    {
        short version = await call.NewestAsync<ListTransactionsRequest>(ListVersionMax).ConfigureAwait(false);
        if ((wanted.DurationFilter >= 0 && version < DurationsSince) || (wanted.TransactionalIdPattern is not null && version < PatternsSince))
        {
            throw new IOException("it is an older one, which does not choose by duration or pattern");
        }

        var answer = await call.AskAsync<ListTransactionsRequest, ListTransactionsResponse>(wanted, version).ConfigureAwait(false);
        if (answer.ErrorCode == ErrorCode.InvalidRegularExpression)
        {
            throw new UsageFailure(
                $"The broker takes no '{wanted.TransactionalIdPattern}' as a pattern.", "Nothing was done. A pattern is a regular expression, in the syntax of RE2, of the whole id.");
        }

        if (answer.ErrorCode != ErrorCode.None)
        {
            throw new IOException($"it refuses to ({answer.ErrorCode})");
        }

        var listed = answer.TransactionStates.ConvertAll(
            state => new TransactionView(state.TransactionalId, coordinator) { State = state.TransactionStateValue, ProducerId = state.ProducerId });
        var described = await DescribeAsync(coordinator, listed.Where(view => view.IsOpen).Select(view => view.Id)).ConfigureAwait(false);
        return listed.ConvertAll(view => described.GetValueOrDefault(view.Id, view));
    }

    private async Task<Dictionary<string, TransactionView>> DescribeAsync(BrokerMetadata coordinator, IEnumerable<string> open)
    {
        var described = new Dictionary<string, TransactionView>(StringComparer.Ordinal);
        var tooLarge = await InParts.AskAsync(() => ConnectAsync(coordinator), open, async (call, ids) =>
        {
            foreach (var (id, (error, view)) in await DescribeAsync(call, coordinator, ids).ConfigureAwait(false))
            {
                // One of which it is not known which partitions it has must not pass for one that has none: it would look as if it hung.
                if (error is not (ErrorCode.None or ErrorCode.TransactionalIdNotFound))
                {
                    throw new IOException($"it does not describe {id} ({error})");
                }

                if (view is not null)
                {
                    described[view.Id] = view;
                }
            }
        }).ConfigureAwait(false);
        return tooLarge.Count == 0 ? described : throw new IOException($"what it says of {tooLarge[0]} is larger than is read");
    }

    private Task<BrokerCall> ConnectAsync(BrokerMetadata broker) => BrokerCall.ConnectAsync(connection, broker, stop);

    /// <summary>By the ids that were asked for, each of which is in it.</summary>
    private static async Task<Dictionary<string, (ErrorCode Error, TransactionView? View)>> DescribeAsync(
        BrokerCall call, BrokerMetadata coordinator, IReadOnlyCollection<string> ids)
    {
        await call.NewestAsync<DescribeTransactionsRequest>(DescribeVersion).ConfigureAwait(false);
        var request = new DescribeTransactionsRequest { TransactionalIds = [.. ids] };
        var answer = await call.AskAsync<DescribeTransactionsRequest, DescribeTransactionsResponse>(request, DescribeVersion).ConfigureAwait(false);
        var told = answer.TransactionStates.ToLookup(state => state.TransactionalId, StringComparer.Ordinal);
        return ids.ToDictionary(
            id => id,
            id => told[id].FirstOrDefault() is { } state
                ? (state.ErrorCode, state.ErrorCode == ErrorCode.None ? View(state, coordinator) : null)
                : throw new IOException($"it was asked to describe {id} and does not"));
    }

    private static TransactionView View(DescribeTransactionsResponse.TransactionState state, BrokerMetadata coordinator)
    {
        var view = new TransactionView(state.TransactionalId, coordinator)
        {
            State = state.TransactionStateValue,
            ProducerId = state.ProducerId,
            ProducerEpoch = state.ProducerEpoch,
            TimeoutMs = state.TransactionTimeoutMs,
            Partitions = [.. from topic in state.Topics from partition in topic.Partitions select new TopicPartition(topic.Topic, partition)],
        };
        // Of one that has ended some brokers say still when it began.
        return view.IsOpen && state.TransactionStartTimeMs > 0
            ? view with { Began = DateTimeOffset.FromUnixTimeMilliseconds(state.TransactionStartTimeMs) }
            : view;
    }
}
