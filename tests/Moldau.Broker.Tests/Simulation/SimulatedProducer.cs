using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// An idempotent producer: what it does not know to be stored it sends again, and nothing else before that. Where its topic is made anew, it begins anew.
/// </summary>
internal sealed class SimulatedProducer(SimulatedBroker broker, List<HistoryEvent> history, Random chance, int process, SimulatedTopics topics, string name)
    : SimulatedClient(broker, history, chance, process)
{
    private readonly int[] _sequences = new int[SimulatedRun.Partitions];
    private string _title = topics.TitleOf(name);
    private InitProducerIdResponse? _id;
    private (int Partition, string[] Values, byte[] Batch)? _pending;
    private int _made;

    /// <summary>Everything is sent and acknowledged, or can be no more.</summary>
    public bool IsDone => _pending is null;

    /// <summary>It makes no new records.</summary>
    public bool IsDraining { get; set; }

    public override async Task StepAsync()
    {
        if (!topics.Has(_title)) BeginAnew();
        _id ??= await IdAsync();
        if (_id is null || !topics.Has(_title) || (_pending is null && IsDraining)) return;
        var (partition, values, batch) = _pending ??= Next(_id);
        var answer = await ProduceAsync(topics.IdOf(_title), partition, batch);
        Trouble = $"{_title}-{partition}: {answer?.ErrorCode}";
        if (answer is null or { ErrorCode: ErrorCode.NotLeaderOrFollower or ErrorCode.KafkaStorageError or ErrorCode.RequestTimedOut or ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId }) return;
        Assert.True(answer.ErrorCode == ErrorCode.None, $"Process {Process} sent {string.Join(' ', values)} to {_title}-{partition}: {answer.ErrorCode} {answer.ErrorMessage}");
        for (int i = 0; i < values.Length; i++) Note(new Sent(Process, _title, partition, values[i], SendOutcome.Acknowledged) { Offset = answer.BaseOffset + i });
        _sequences[partition] += values.Length;
        _pending = null;
    }

    private void BeginAnew()
    {
        _title = topics.TitleOf(name);
        _pending = null;
        Array.Clear(_sequences);
    }

    private async Task<InitProducerIdResponse?> IdAsync()
    {
        var answer = await NewProducerAsync(transactionalId: null);
        return answer?.ErrorCode == ErrorCode.None ? answer : null;
    }

    private (int Partition, string[] Values, byte[] Batch) Next(InitProducerIdResponse id)
    {
        int partition = Chance.Next(_sequences.Length);
        string[] values = [.. Enumerable.Range(0, Chance.Next(1, 4)).Select(_ => $"{Process}-{++_made}")];
        var options = new BatchOptions { ProducerId = id.ProducerId, ProducerEpoch = id.ProducerEpoch, BaseSequence = _sequences[partition] };
        return (partition, values, Batch(options, values));
    }
}
