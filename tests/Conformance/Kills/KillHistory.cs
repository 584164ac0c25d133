using System.Collections.Concurrent;
using Confluent.Kafka;

namespace Moldau.Conformance.Kills;

/// <summary>What the broker has promised so far: every record that it acknowledged, and every record that it ever showed to a reader.</summary>
internal sealed class KillHistory
{
    private readonly ConcurrentDictionary<(int Partition, long Offset), string> _promised = new();

    public int Records => _promised.Count;

    public void Acknowledged(DeliveryReport<Null, string> report) => Promise(report.Partition, report.Offset, report.Value, "acknowledged");

    public void Shown(ConsumeResult<Ignore, string> record) => Promise(record.Partition, record.Offset, record.Message.Value, "shown");

    /// <summary>Promises that the records do not keep, in words; the records are those from a start on in each partition.</summary>
    public IEnumerable<string> Broken(IReadOnlyDictionary<(int Partition, long Offset), string> records, long[] starts) =>
        from promise in _promised
        where promise.Key.Offset >= starts[promise.Key.Partition]
        let found = records.GetValueOrDefault(promise.Key)
        where found != promise.Value
        select $"partition {promise.Key.Partition}, offset {promise.Key.Offset}: '{promise.Value}' was promised, {(found is null ? "nothing" : $"'{found}'")} is there";

    private void Promise(Partition partition, Offset offset, string value, string how)
    {
        string held = _promised.GetOrAdd((partition.Value, offset.Value), value);
        if (held != value) throw new InvalidOperationException($"Partition {partition.Value}, offset {offset.Value} was '{held}' and is {how} as '{value}'.");
    }
}
