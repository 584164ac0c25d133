using Moldau.Protocol;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>Reads a topic from its beginning on, whatever becomes of the broker: an offset that it has seen stays what it was.</summary>
internal sealed class SimulatedReader(SimulatedBroker broker, List<HistoryEvent> history, Random chance, int process, string topic, int partitions)
    : SimulatedClient(broker, history, chance, process)
{
    private readonly long[] _next = new long[partitions];

    public List<string> Values { get; } = [];

    public override async Task StepAsync()
    {
        for (int partition = 0; partition < partitions; partition++) await ReadAsync(partition);
    }

    private async Task ReadAsync(int partition)
    {
        var fetched = await FetchAsync(topic, partition, _next[partition]);
        if (fetched is null or { ErrorCode: ErrorCode.NotLeaderOrFollower or ErrorCode.KafkaStorageError }) return;
        Assert.True(fetched.ErrorCode == ErrorCode.None, $"Process {Process} fetched {topic}-{partition} from {_next[partition]} on: {fetched.ErrorCode}");
        var (records, next) = CommittedRecords.Of(topic, fetched, _next[partition]);
        _next[partition] = next;
        if (records.Count == 0) return;
        Note(new Polled(Process, records) { IsReadCommitted = true });
        Values.AddRange(records.Select(record => record.Value));
    }
}
