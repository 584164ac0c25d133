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

    public async ValueTask<DescribeTransactionsResponse?> HandleAsync(RequestContext context, DescribeTransactionsRequest request)
    {
        var named = new NamedIds(request.TransactionalIds);
        var described = new List<DescribeTransactionsResponse.TransactionState>();
        foreach (string[] ids in named.Once.Chunk(AtOnce)) described.AddRange(await Task.WhenAll(ids.Select(DescribeAsync)).ConfigureAwait(false));
        return new DescribeTransactionsResponse { TransactionStates = named.Repeat(described) };
    }

    public DescribeTransactionsResponse Refuse(RequestContext context, DescribeTransactionsRequest request, ErrorCode error) =>
        new() { TransactionStates = request.TransactionalIds.ConvertAll(id => TransactionDescriptions.Refusal(id, error)) };

    private Task<DescribeTransactionsResponse.TransactionState> DescribeAsync(string transactionalId) => transactionalId.Length == 0
        ? Task.FromResult(TransactionDescriptions.Refusal(transactionalId, ErrorCode.InvalidRequest))
        : transactions.AskAsync(
            transactionalId,
            new DescribeTransaction(transactionalId),
            error => TransactionDescriptions.Refusal(transactionalId, error)).AsTask();
}
