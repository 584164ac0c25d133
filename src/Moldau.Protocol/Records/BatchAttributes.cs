namespace Moldau.Protocol.Records;

/// <summary>How the records of a batch are compressed: bits 0 to 2 of its attributes. 5 to 7 are not assigned.</summary>
internal enum CompressionCodec : byte
{
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}

/// <summary>Whose clock the timestamps of a batch come from.</summary>
internal enum TimestampType : byte
{
    CreateTime = 0,
    LogAppendTime = 1,
}

/// <summary>The attributes of a batch as they stand on the wire, codec apart. Bits that are not named here are kept as they came.</summary>
[Flags]
internal enum BatchAttributes : short
{
    None = 0,
    CodecMask = 0x07,
    LogAppendTime = 0x08,
    Transactional = 0x10,
    Control = 0x20,
    DeleteHorizon = 0x40,
}
