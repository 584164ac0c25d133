using Moldau.Broker.Topics;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using DescribeLogDirsPartition = Moldau.Protocol.Messages.DescribeLogDirsResponse.DescribeLogDirsPartition;
using DescribeLogDirsTopic = Moldau.Protocol.Messages.DescribeLogDirsResponse.DescribeLogDirsTopic;

namespace Moldau.Broker.Handlers.Cluster;

/// <summary>
/// DescribeLogDirs (key 35), v1-v5. The one log directory, the bytes of the partitions in it, and the room that is left. Null asks for all
/// partitions; those that do not exist are left out.
/// </summary>
internal sealed class DescribeLogDirs(BrokerStorage storage) : IHandler<DescribeLogDirsRequest, DescribeLogDirsResponse>
{
    public ValueTask<DescribeLogDirsResponse?> HandleAsync(RequestContext context, DescribeLogDirsRequest request)
    {
        var topics = storage.Metadata.Image.Topics;
        var named = request.Topics is { } asked
            ? asked.GroupBy(topic => topic.Topic, topic => topic.Partitions).Select(entries => (entries.Key, entries.SelectMany(indexes => indexes).Distinct()))
            : topics.ByName.Values.Select(topic => (topic.Name, Enumerable.Range(0, topic.Partitions.Length)));
        var described = named.Select(topic => Describe(topic.Item1, topic.Item2)).Where(topic => topic.Partitions.Count > 0);
        var (totalBytes, usableBytes) = storage.Space();
        return new(new DescribeLogDirsResponse
        {
            Results = [new() { LogDir = storage.LogPath, Topics = [.. described], TotalBytes = totalBytes, UsableBytes = usableBytes }],
        });
    }

    public DescribeLogDirsResponse Refuse(RequestContext context, DescribeLogDirsRequest request, ErrorCode error) => new() { ErrorCode = error };

    private DescribeLogDirsTopic Describe(string topic, IEnumerable<int> indexes)
    {
        var described = new DescribeLogDirsTopic { Name = topic };
        foreach (int index in indexes)
        {
            if (storage.Partitions.Find(topic, index, out var partition) != ErrorCode.None) continue;
            described.Partitions.Add(new DescribeLogDirsPartition { PartitionIndex = index, PartitionSize = partition.Log.SizeInBytes });
        }
        return described;
    }
}
