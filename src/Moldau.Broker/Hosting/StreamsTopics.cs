using Microsoft.Extensions.Logging;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Streams;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Hosting;

/// <summary>
/// Makes the internal topics of streams groups, and tells a group why one cannot be made. That they are there it sees in the metadata; if
/// the broker stops in between, the group asks again.
/// </summary>
internal sealed class StreamsTopics(Func<CreateTopicsRequest, Task<CreateTopicsResponse>> create, TimeProvider time, ILogger logger)
{
    /// <summary>Of how many topics a group is told why they cannot be made.</summary>
    private const int ToldMax = 5;

    /// <summary>A count that is left to the broker's default.</summary>
    private const short ByDefault = -1;

    /// <summary>Members ask again every few seconds.</summary>
    private readonly ToldOnce _refused = new("streams groups", time, logger);

    public async Task CreateAsync(CreateInternalTopics wanted, Action<GroupInput> tell)
    {
        try
        {
            var response = await create(RequestFor(wanted)).ConfigureAwait(false);
            var refused = response.Topics.FindAll(topic => topic.ErrorCode is not (ErrorCode.None or ErrorCode.TopicAlreadyExists));
            if (refused.Count == 0)
            {
                _refused.Over(wanted.GroupId);
                return;
            }
            string reason = ReasonOf(refused);
            if (_refused.IsNews(wanted.GroupId, reason)) logger.StreamsTopicsRefused(wanted.GroupId, reason);
            tell(new InternalTopicsRefused(wanted.GroupId, reason));
        }
#pragma warning disable CA1031 // Nobody awaits this: the group learns that it has to go on asking, and the operator why.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            logger.CoordinatorFaulted(TopicNames.ConsumerOffsets, fault);
            tell(new InternalTopicsRefused(wanted.GroupId, "They could not be made; the broker's log says why."));
        }
    }

    private static string ReasonOf(List<CreateTopicsResponse.CreatableTopicResult> refused)
    {
        var told = refused.Take(ToldMax).Select(topic => $"'{topic.Name}' cannot be made: {topic.ErrorMessage ?? topic.ErrorCode.ToString()}");
        string more = refused.Count > ToldMax ? $" So it is with {refused.Count - ToldMax} more." : "";
        return string.Join(" ", told) + more;
    }

    private static CreateTopicsRequest RequestFor(CreateInternalTopics wanted) => new()
    {
        TimeoutMs = int.MaxValue,
        Topics = [.. wanted.Topics.Select(topic => new CreateTopicsRequest.CreatableTopic
        {
            Name = topic.Wanted.Name,
            NumPartitions = topic.Partitions,
            ReplicationFactor = topic.Wanted.ReplicationFactor == 0 ? ByDefault : topic.Wanted.ReplicationFactor,
            Configs = topic.Wanted.TopicConfigs.ConvertAll(config =>
                new CreateTopicsRequest.CreatableTopicConfig { Name = config.Key, Value = config.Value }),
        })],
    };
}
