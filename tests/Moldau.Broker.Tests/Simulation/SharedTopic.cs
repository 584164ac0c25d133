using System.Text;
using Moldau.Broker.Hosting;
using Moldau.Coordination.SharePartitions;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>What a share group fetches from: the requests of its members, and what is in the answers.</summary>
internal sealed record SharedTopic(string Topic, Guid Id, string Group)
{
    public ShareFetchRequest Fetch(string member, int sessionEpoch, IEnumerable<JudgedRecord> judged) => new()
    {
        GroupId = Group,
        MemberId = member,
        ShareSessionEpoch = sessionEpoch,
        MinBytes = 1,
        MaxBytes = 1 << 20,
        Topics =
        [
            new()
            {
                TopicId = Id,
                Partitions =
                [
                    .. judged.GroupBy(record => record.At.Partition).Select(partition => new ShareFetchRequest.FetchPartition
                    {
                        PartitionIndex = partition.Key,
                        AcknowledgementBatches =
                        [
                            .. Runs(partition).Select(run => new ShareFetchRequest.AcknowledgementBatch { FirstOffset = run[0].At.Offset, LastOffset = run[^1].At.Offset, AcknowledgeTypes = TypesOf(run) }),
                        ],
                    }),
                ],
            },
        ],
    };

    public ShareAcknowledgeRequest Acknowledge(string member, int sessionEpoch, IEnumerable<JudgedRecord> judged) => new()
    {
        GroupId = Group,
        MemberId = member,
        ShareSessionEpoch = sessionEpoch,
        Topics =
        [
            new()
            {
                TopicId = Id,
                Partitions =
                [
                    .. judged.GroupBy(record => record.At.Partition).Select(partition => new ShareAcknowledgeRequest.AcknowledgePartition
                    {
                        PartitionIndex = partition.Key,
                        AcknowledgementBatches =
                        [
                            .. Runs(partition).Select(run => new ShareAcknowledgeRequest.AcknowledgementBatch { FirstOffset = run[0].At.Offset, LastOffset = run[^1].At.Offset, AcknowledgeTypes = TypesOf(run) }),
                        ],
                    }),
                ],
            },
        ],
    };

    /// <summary>Has the session fetch what is wanted, and no more.</summary>
    public void Name(ShareFetchRequest request, IReadOnlySet<int> wanted, IReadOnlySet<int> fetched)
    {
        var named = request.Topics[0].Partitions;
        foreach (int partition in wanted.Except(fetched).Except(named.Select(partition => partition.PartitionIndex)).ToList()) named.Add(new() { PartitionIndex = partition });
        int[] forgotten = [.. fetched.Except(wanted)];
        if (forgotten.Length > 0) request.ForgottenTopicsData.Add(new() { TopicId = Id, Partitions = [.. forgotten] });
    }

    public List<SeenRecord> AcquiredOf(IEnumerable<ShareFetchResponse.PartitionData> partitions)
    {
        var acquired = new List<SeenRecord>();
        foreach (var partition in partitions)
        {
            var values = ValuesOf(partition.Records ?? default);
            foreach (var range in partition.AcquiredRecords)
            {
                for (long offset = range.FirstOffset; offset <= range.LastOffset; offset++)
                    acquired.Add(new(new(Topic, partition.PartitionIndex, offset), values.GetValueOrDefault(offset, "nothing")));
            }
        }
        return acquired;
    }

    private static Dictionary<long, string> ValuesOf(ReadOnlyMemory<byte> records)
    {
        var values = new Dictionary<long, string>();
        foreach (var batch in new StoredBatches(records))
        {
            long at = batch.Header.BaseOffset;
            foreach (var record in new BatchRecords(batch.Bytes)) values.Add(at++, Encoding.UTF8.GetString(record.Value!.Value.Span));
        }
        return values;
    }

    /// <summary>Records of which each lies at the offset after the one before.</summary>
    private static List<List<JudgedRecord>> Runs(IEnumerable<JudgedRecord> records)
    {
        var runs = new List<List<JudgedRecord>>();
        foreach (var record in records)
        {
            if (runs.Count > 0 && runs[^1][^1].At.Offset + 1 == record.At.Offset) runs[^1].Add(record);
            else runs.Add([record]);
        }
        return runs;
    }

    private static List<sbyte> TypesOf(List<JudgedRecord> run) => run.ConvertAll(record => (sbyte)(record.Verdict switch
    {
        ShareVerdict.Accept => AcknowledgeType.Accept,
        ShareVerdict.Release => AcknowledgeType.Release,
        _ => AcknowledgeType.Reject,
    }));
}
