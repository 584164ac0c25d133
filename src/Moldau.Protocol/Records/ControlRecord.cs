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
    public const int KeyBytes = 4;
    public const int MarkerValueBytes = 6;

    /// <summary>| version 2 | type 2 |</summary>
    public static byte[] Key(ControlRecordType type) => [0, 0, 0, (byte)type];

    /// <summary>The value of a transaction's marker: | version 2 | coordinator epoch 4 |</summary>
    public static byte[] MarkerValue(int coordinatorEpoch)
    {
        var value = new byte[MarkerValueBytes];
        BinaryPrimitives.WriteInt32BigEndian(value.AsSpan(2), coordinatorEpoch);
        return value;
    }

    /// <summary>False where the key is too short; a type that is not known is returned as its number.</summary>
    public static bool TryReadType(in Record record, out ControlRecordType type)
    {
        type = default;
        if (record.Key is not { Length: >= KeyBytes } key) return false;
        type = TypeIn(key.Span);
        return true;
    }

    /// <summary>Reads a key and a value that are known to be as long as those of a transaction's marker.</summary>
    public static (ControlRecordType Type, int CoordinatorEpoch) ReadMarker(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        (TypeIn(key), BinaryPrimitives.ReadInt32BigEndian(value[2..]));

    private static ControlRecordType TypeIn(ReadOnlySpan<byte> key) => (ControlRecordType)BinaryPrimitives.ReadInt16BigEndian(key[2..]);
}
