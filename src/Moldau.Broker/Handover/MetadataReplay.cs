using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Handover;

/// <summary>Takes the batches of the metadata log, or of a snapshot, into a view.</summary>
internal sealed class MetadataReplay(FileFindings findings)
{
    /// <summary>Kafka's controller writes no larger batch.</summary>
    private const int BatchBytesMax = 64 * 1024 * 1024;

    private static readonly KafkaAct Stops = new("MetadataRecordSerde", "cannot read the metadata: the controller stops, and the broker with it");
    private static readonly KafkaAct Faults = new("QuorumController", "meets a record that does not fit what it knows: the controller stops, and the broker with it");

    /// <summary>The control records of the batch that was taken in last, by type.</summary>
    public List<QuorumRecord> Controls { get; } = [];

    /// <summary>Something could not be read, so what the view lacks says nothing.</summary>
    public bool HasFailed { get; private set; }

    public void Take(SegmentReader reader, MetadataView view)
    {
        Controls.Clear();
        if (HasFailed) return;
        if (reader.CurrentBytes(BatchBytesMax) is not { } bytes)
        {
            Fail(Stops, $"The batch at offset {reader.Current.BaseOffset} is larger than any of a metadata log.", reader.Position);
            return;
        }
        try
        {
            Take(bytes, reader.Current.IsControl, view);
        }
        catch (Exception e) when (e is MalformedMessageException or MalformedBatchException)
        {
            Fail(Stops, $"The batch at offset {reader.Current.BaseOffset} cannot be read: {e.Message}", reader.Position);
        }
        catch (MetadataContradictionException e)
        {
            Fail(Faults, $"The batch at offset {reader.Current.BaseOffset} does not fit: {e.Message}", reader.Position);
        }
    }

    private void Take(byte[] bytes, bool isControl, MetadataView view)
    {
        foreach (var record in new BatchRecords(bytes))
        {
            if (!isControl)
            {
                view.Apply(MetadataRecord.Read(record.Value ?? default));
            }
            else if (QuorumRecord.TryRead(record, out var control))
            {
                Controls.Add(control);
                if (control.Body is VotersRecord voters) view.Voters = voters;
                if (control.Body is KRaftVersionRecord version) view.KRaftVersion = version.KRaftVersion;
            }
        }
    }

    private void Fail(KafkaAct act, string problem, long position)
    {
        HasFailed = true;
        findings.Refused(act, problem, "Bring the directory back from a copy, or let the version that wrote it run on it.", position);
    }
}
