using Moldau.Broker.Hosting;
using Moldau.Coordination.Transactions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Transactions;

/// <summary>DescribeTransactions (key 65), v0. The state of each transactional id that is asked for, with the partitions of an open transaction.</summary>
internal sealed class DescribeTransactions(TransactionHost transactions) : IHandler<DescribeTransactionsRequest, DescribeTransactionsResponse>
{
    /// <summary>Asked for at the same time: a shard has room for a bounded number of requests, and others want theirs.</summary>
    private const int AtOnce = 100;

    /// <summary>An id that is named again is shown again, as in Kafka; but its partitions are many times as long as its name.</summary>
    private const int RepeatsMax = 100;

    public async ValueTask<DescribeTransactionsResponse?> HandleAsync(RequestContext context, DescribeTransactionsRequest request)
    {
        var response = new DescribeTransactionsResponse();
        var named = new HashSet<string>(StringComparer.Ordinal);
        var repeated = request.TransactionalIds.FindAll(id => !named.Add(id)).Take(RepeatsMax);
        foreach (string[] ids in named.Chunk(AtOnce))
        {
            response.TransactionStates.AddRange(await Task.WhenAll(ids.Select(DescribeAsync)).ConfigureAwait(false));
        }
        var byId = response.TransactionStates.ToDictionary(state => state.TransactionalId, StringComparer.Ordinal);
        response.TransactionStates.AddRange(repeated.Select(id => byId[id]));
        return response;
    }

    public DescribeTransactionsResponse Refuse(RequestContext context, DescribeTransactionsRequest request, ErrorCode error) =>
        new() { TransactionStates = request.TransactionalIds.ConvertAll(id => TransactionDescriptions.Refusal(id, error)) };

    private Task<DescribeTransactionsResponse.TransactionState> DescribeAsync(string transactionalId) => transactionalId.Length == 0
        ? Task.FromResult(TransactionDescriptions.Refusal(transactionalId, ErrorCode.InvalidRequest))
        : transactions.AskAsync(
            transactionalId,
            new DescribeTransaction(transactionalId),
            error => TransactionDescriptions.Refusal(transactionalId, error),
            unknown: ErrorCode.TransactionalIdNotFound).AsTask();
}
