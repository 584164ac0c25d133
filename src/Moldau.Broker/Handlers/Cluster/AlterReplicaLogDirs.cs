using Moldau.Broker.Topics;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Cluster;

/// <summary>
/// AlterReplicaLogDirs (key 34), v1-v2. There is one log directory, so nothing is ever moved: a partition that shall be where it is, is, and
/// every other directory is not found.
/// </summary>
internal sealed class AlterReplicaLogDirs(BrokerStorage storage) : IHandler<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>
{
    public ValueTask<AlterReplicaLogDirsResponse?> HandleAsync(RequestContext context, AlterReplicaLogDirsRequest request) =>
        new(Answer(request, Move));

    public AlterReplicaLogDirsResponse Refuse(RequestContext context, AlterReplicaLogDirsRequest request, ErrorCode error) =>
        Answer(request, (_, _, _) => error);

    /// <summary>A partition that is named for several directories is answered once; the last one counts.</summary>
    private static AlterReplicaLogDirsResponse Answer(AlterReplicaLogDirsRequest request, Func<string, int, string, ErrorCode> move)
    {
        var moves = from directory in request.Dirs
                    from topic in directory.Topics
                    from index in topic.Partitions
                    group directory.Path by (topic.Name, index) into paths
                    select (Topic: paths.Key.Name, Index: paths.Key.index, Path: paths.Last());
        return new()
        {
            Results = [.. moves.GroupBy(move => move.Topic).Select(partitions => new AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult
            {
                TopicName = partitions.Key,
                Partitions = [.. partitions.Select(partition => new AlterReplicaLogDirsResponse.AlterReplicaLogDirPartitionResult
                {
                    PartitionIndex = partition.Index,
                    ErrorCode = move(partition.Topic, partition.Index, partition.Path),
                })],
            })],
        };
    }

    private ErrorCode Move(string topic, int index, string path) =>
        path == storage.LogPath ? storage.Partitions.Find(topic, index, out _) : ErrorCode.LogDirNotFound;
}
