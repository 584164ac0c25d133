using Moldau.Broker.Hosting;
using Moldau.Coordination.Patterns;
using Moldau.Coordination.Transactions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Transactions;

/// <summary>
/// ListTransactions (key 66), v0-v2. All transactional ids, or those in some states and of some producers; v1 brings the filter by duration,
/// v2 the one by a pattern of the whole id.
/// </summary>
internal sealed class ListTransactions(TransactionHost transactions) : IHandler<ListTransactionsRequest, ListTransactionsResponse>
{
    public async ValueTask<ListTransactionsResponse?> HandleAsync(RequestContext context, ListTransactionsRequest request)
    {
        var matcher = string.IsNullOrEmpty(request.TransactionalIdPattern) ? null : ClientPattern.Matcher(request.TransactionalIdPattern);
        if (matcher is null && !string.IsNullOrEmpty(request.TransactionalIdPattern)) return Refuse(context, request, ErrorCode.InvalidRegularExpression);
        var filter = new TransactionFilter
        {
            // The names of states that do not exist match nothing.
            Statuses = request.StateFilters.Count == 0 ? null : [.. request.StateFilters.Select(StatusOf).OfType<TransactionStatus>()],
            ProducerIds = request.ProducerIdFilters.ToHashSet(),
            DurationMs = request.DurationFilter,
            Matches = id => Matches(matcher, id),
        };
        var error = ErrorCode.None;
        var lists = await transactions.ListAsync(filter, refused =>
        {
            error = refused;
            return new TransactionList([]);
        }).ConfigureAwait(false);
        if (matcher is { IsExhausted: true }) error = ErrorCode.InvalidRegularExpression; // It cannot be matched in bounded time.
        if (error != ErrorCode.None) return Refuse(context, request, error);
        return new ListTransactionsResponse
        {
            UnknownStateFilters = [.. request.StateFilters.Where(name => StatusOf(name) is null).Distinct()],
            TransactionStates = [.. lists.SelectMany(list => list!.Transactions)],
        };
    }

    public ListTransactionsResponse Refuse(RequestContext context, ListTransactionsRequest request, ErrorCode error) => new() { ErrorCode = error };

    /// <summary>States are spelled exactly, and not by number.</summary>
    private static TransactionStatus? StatusOf(string name) =>
        Enum.IsDefined(typeof(TransactionStatus), name) ? Enum.Parse<TransactionStatus>(name) : null;

    /// <summary>The shards match at the same time, with the one that all of them have.</summary>
    private static bool Matches(PatternMatcher? matcher, string transactionalId)
    {
        if (matcher is null) return true;
        lock (matcher) return matcher.Matches(transactionalId);
    }
}
