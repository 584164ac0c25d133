using Moldau.Broker.Hosting;
using Moldau.Coordination;
using Moldau.Coordination.Transactions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Transactions;

/// <summary>
/// AddOffsetsToTxn (key 25), v0-v4. Adds the partition of the internal topic that has the group's offsets. v2 brings the error that says that
/// the producer is fenced.
/// </summary>
internal sealed class AddOffsetsToTxn(TransactionHost transactions, GroupHost groups) : IHandler<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>
{
    private const short KnowsFencedSince = 2;

    public async ValueTask<AddOffsetsToTxnResponse?> HandleAsync(RequestContext context, AddOffsetsToTxnRequest request)
    {
        if (request.TransactionalId.Length == 0) return Refuse(context, request, ErrorCode.InvalidRequest);
        var error = await groups.EnsureTopicAsync().ConfigureAwait(false);
        if (error != ErrorCode.None) return Refuse(context, request, error);
        var asked = new AddPartitions(
            request.TransactionalId, new TransactionalProducer(request.ProducerId, request.ProducerEpoch), [groups.PartitionOf(request.GroupId)])
        {
            ClientVersion = TransactionVersions.Original,
        };
        var added = await transactions
            .AskAsync(request.TransactionalId, asked, refused => new PartitionsInTransaction(refused))
            .ConfigureAwait(false);
        return Refuse(context, request, added.Error);
    }

    public AddOffsetsToTxnResponse Refuse(RequestContext context, AddOffsetsToTxnRequest request, ErrorCode error) =>
        new() { ErrorCode = TransactionErrors.OfProducer(error, context.Version, KnowsFencedSince) };
}
