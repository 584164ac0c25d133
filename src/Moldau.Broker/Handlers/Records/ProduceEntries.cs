using Moldau.Protocol.Messages;
using PartitionProduceData = Moldau.Protocol.Messages.ProduceRequest.PartitionProduceData;
using TopicProduceData = Moldau.Protocol.Messages.ProduceRequest.TopicProduceData;
using TopicProduceResponse = Moldau.Protocol.Messages.ProduceResponse.TopicProduceResponse;

namespace Moldau.Broker.Handlers.Records;

/// <summary>What a produce request names, and where it is answered. A topic that is named more than once is answered in one place.</summary>
internal sealed class ProduceEntries
{
    // Up to so many are compared one by one, which is cheaper than a table of them; beyond, it would be quadratic.
    private const int SearchedMax = 8;

    private readonly ProduceRequest _request;
    private readonly Dictionary<(string Name, Guid Id), TopicProduceResponse>? _topics;
    private readonly Dictionary<(string Name, Guid Id, int Index), PartitionProduceData>? _last;

    public ProduceEntries(ProduceRequest request)
    {
        _request = request;
        Response = new ProduceResponse { Responses = new(request.TopicData.Count) };
        if (request.TopicData.Count > SearchedMax) _topics = [];
        int partitions = 0;
        foreach (var topic in request.TopicData) partitions += topic.PartitionData.Count;
        if (partitions > SearchedMax || _topics is not null) _last = LastOf(request, partitions);
    }

    public ProduceResponse Response { get; }

    public TopicProduceResponse AnswersOf(TopicProduceData topic)
    {
        if ((_topics is null ? Find(topic) : _topics.GetValueOrDefault((topic.Name, topic.TopicId))) is { } known) return known;
        var answers = new TopicProduceResponse { Name = topic.Name, TopicId = topic.TopicId, PartitionResponses = new(topic.PartitionData.Count) };
        Response.Responses.Add(answers);
        _topics?.Add((topic.Name, topic.TopicId), answers);
        return answers;
    }

    /// <summary>Of a partition that the request names twice only the last entry counts, and is answered once.</summary>
    public bool IsNamedAgain(TopicProduceData topic, PartitionProduceData data)
    {
        if (_last is not null) return !ReferenceEquals(_last[(topic.Name, topic.TopicId, data.Index)], data);
        bool isBehind = false;
        foreach (var other in _request.TopicData)
        {
            if (other.Name != topic.Name || other.TopicId != topic.TopicId) continue;
            foreach (var candidate in other.PartitionData)
            {
                if (isBehind && candidate.Index == data.Index) return true;
                isBehind |= ReferenceEquals(candidate, data);
            }
        }
        return false;
    }

    private static Dictionary<(string Name, Guid Id, int Index), PartitionProduceData> LastOf(ProduceRequest request, int partitions)
    {
        var last = new Dictionary<(string Name, Guid Id, int Index), PartitionProduceData>(partitions);
        foreach (var topic in request.TopicData)
        {
            foreach (var partition in topic.PartitionData) last[(topic.Name, topic.TopicId, partition.Index)] = partition;
        }
        return last;
    }

    private TopicProduceResponse? Find(TopicProduceData topic)
    {
        foreach (var known in Response.Responses)
        {
            if (known.TopicId == topic.TopicId && known.Name == topic.Name) return known;
        }
        return null;
    }
}
