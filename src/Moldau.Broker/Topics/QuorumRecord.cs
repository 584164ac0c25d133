using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Topics;

/// <summary>A control record of the metadata log or of a snapshot of it.</summary>
internal readonly record struct QuorumRecord(ControlRecordType Type, IMessage Body)
{
    private const short Version = 0;

    public static QuorumRecord LeaderChange(int nodeId) => new(ControlRecordType.LeaderChange, new LeaderChangeMessage
    {
        LeaderId = nodeId,
        Voters = [new() { VoterId = nodeId }],
        GrantingVoters = [new() { VoterId = nodeId }],
    });

    public static QuorumRecord KRaftVersion(short level) => new(ControlRecordType.KRaftVersion, new KRaftVersionRecord { KRaftVersion = level });

    public static QuorumRecord Voters(VotersRecord voters) => new(ControlRecordType.KRaftVoters, voters);

    public static QuorumRecord SnapshotHeader(long lastTimestampMs) =>
        new(ControlRecordType.SnapshotHeader, new SnapshotHeaderRecord { LastContainedLogTimestamp = lastTimestampMs });

    public static QuorumRecord SnapshotFooter() => new(ControlRecordType.SnapshotFooter, new SnapshotFooterRecord());

    public void AppendTo(BatchBuilder builder, long timestampMs)
    {
        using var writer = new WireWriter();
        Body.Write(writer, Version);
        builder.Append(timestampMs, ControlRecord.Key(Type), writer.Written);
    }

    /// <summary>False for a type that says nothing about the quorum.</summary>
    public static bool TryRead(in Record record, out QuorumRecord read)
    {
        read = default;
        if (!ControlRecord.TryReadType(record, out var type)) return false;
        var reader = new WireReader(record.Value ?? default);
        IMessage? body = type switch
        {
            ControlRecordType.LeaderChange => LeaderChangeMessage.Read(ref reader, Version),
            ControlRecordType.KRaftVersion => KRaftVersionRecord.Read(ref reader, Version),
            ControlRecordType.KRaftVoters => VotersRecord.Read(ref reader, Version),
            ControlRecordType.SnapshotHeader => SnapshotHeaderRecord.Read(ref reader, Version),
            ControlRecordType.SnapshotFooter => SnapshotFooterRecord.Read(ref reader, Version),
            _ => null,
        };
        if (body is not null) read = new QuorumRecord(type, body);
        return body is not null;
    }
}
