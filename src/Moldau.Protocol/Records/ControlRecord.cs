using System.Buffers.Binary;

namespace Moldau.Protocol.Records;

/// <summary>What the only record of a control batch says; the numbers stand in its key.</summary>
internal enum ControlRecordType : short
{
    Abort = 0,
    Commit = 1,
    LeaderChange = 2,
    SnapshotHeader = 3,
    SnapshotFooter = 4,
    KRaftVersion = 5,
    KRaftVoters = 6,
}

/// <summary>Keys and values of control records, which clients never see and never send.</summary>
internal static class ControlRecord
{
    /// <summary>| version 2 | type 2 |</summary>
    public static byte[] Key(ControlRecordType type) => [0, 0, 0, (byte)type];

    /// <summary>The value of a transaction's marker: | version 2 | coordinator epoch 4 |</summary>
    public static byte[] MarkerValue(int coordinatorEpoch)
    {
        var value = new byte[6];
        BinaryPrimitives.WriteInt32BigEndian(value.AsSpan(2), coordinatorEpoch);
        return value;
    }

    /// <summary>False where the key is too short; a type that is not known is returned as its number.</summary>
    public static bool TryReadType(in Record record, out ControlRecordType type)
    {
        type = default;
        if (record.Key is not { Length: >= 4 } key) return false;
        type = (ControlRecordType)BinaryPrimitives.ReadInt16BigEndian(key.Span[2..]);
        return true;
    }

    public static bool TryReadCoordinatorEpoch(in Record record, out int coordinatorEpoch)
    {
        coordinatorEpoch = BatchHeader.None;
        if (record.Value is not { Length: >= 6 } value) return false;
        coordinatorEpoch = BinaryPrimitives.ReadInt32BigEndian(value.Span[2..]);
        return true;
    }
}
