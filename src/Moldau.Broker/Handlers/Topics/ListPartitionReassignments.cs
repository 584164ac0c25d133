using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Topics;

/// <summary>ListPartitionReassignments (key 46), v0. On one broker none is ever under way; partitions that do not exist are no error.</summary>
internal sealed class ListPartitionReassignments : IHandler<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>
{
    public ValueTask<ListPartitionReassignmentsResponse?> HandleAsync(RequestContext context, ListPartitionReassignmentsRequest request) =>
        new(new ListPartitionReassignmentsResponse { ErrorMessage = null });

    public ListPartitionReassignmentsResponse Refuse(RequestContext context, ListPartitionReassignmentsRequest request, ErrorCode error) =>
        new() { ErrorCode = error, ErrorMessage = null };
}
