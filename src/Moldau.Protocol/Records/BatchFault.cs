namespace Moldau.Protocol.Records;

/// <summary>What is wrong with records that a producer sent.</summary>
internal enum BatchFault
{
    None,

    // Found in the request: the answer then tells no log start offset.
    NoBatch,
    LegacyFormat,
    SeveralBatches,
    LengthOrMagicUnknown,
    ShorterThanHeader,
    LengthOverflow,
    ZstdBeforeVersion7,

    // Found when the batch is held against its topic.
    TooLarge,
    CrcMismatch,
    BaseOffsetNotZero,
    CodecUnknown,
    CountMismatch,
    ControlBatch,
    SequenceMissing,
    RecordsMalformed,
    RecordLengthUnreadable,
    Undecodable,
    DecompressedTooLarge,
    RecordsRefused,
    TimestampsRefused,
    OffsetsNotConsecutive,
}

/// <summary>How Kafka answers each fault.</summary>
internal static class BatchFaults
{
    public static ErrorCode ErrorOf(BatchFault fault) => fault switch
    {
        BatchFault.None => ErrorCode.None,
        BatchFault.LengthOrMagicUnknown or BatchFault.ShorterThanHeader or BatchFault.CrcMismatch => ErrorCode.CorruptMessage,
        BatchFault.ZstdBeforeVersion7 => ErrorCode.UnsupportedCompressionType,
        BatchFault.TooLarge or BatchFault.DecompressedTooLarge => ErrorCode.MessageTooLarge,
        BatchFault.TimestampsRefused => ErrorCode.InvalidTimestamp,
        BatchFault.LengthOverflow or BatchFault.CodecUnknown or BatchFault.RecordLengthUnreadable => ErrorCode.UnknownServerError,
        BatchFault.Undecodable or BatchFault.OffsetsNotConsecutive => ErrorCode.UnknownServerError,
        _ => ErrorCode.InvalidRecord,
    };

    /// <summary>Whether the answer tells the partition's log start offset; it is -1 otherwise.</summary>
    public static bool TellsLogStart(BatchFault fault) =>
        fault is BatchFault.None or > BatchFault.ZstdBeforeVersion7
        and not (BatchFault.TooLarge or BatchFault.CrcMismatch or BatchFault.DecompressedTooLarge);

    /// <summary>Whether the answer carries a text. Where Kafka sends null, clients that show the text would show ours in its place, so null it is.</summary>
    public static bool TellsText(BatchFault fault) =>
        fault is BatchFault.LengthOrMagicUnknown or BatchFault.RecordsRefused or BatchFault.TimestampsRefused or BatchFault.DecompressedTooLarge;

    public static string TextOf(BatchFault fault) => fault switch
    {
        BatchFault.None => "The batch is good.",
        BatchFault.NoBatch => "The partition's records hold no whole batch.",
        BatchFault.LegacyFormat => "The records are in the message format of Kafka 0.10 or older; send record batches of version 2.",
        BatchFault.SeveralBatches => "A partition's records must be one batch, and there are more.",
        BatchFault.LengthOrMagicUnknown => "The batch has an impossible length or a format version that does not exist.",
        BatchFault.ShorterThanHeader => "The batch is shorter than its own header.",
        BatchFault.LengthOverflow => "The batch announces more bytes than can be counted.",
        BatchFault.ZstdBeforeVersion7 => "A batch compressed with zstd needs version 7 of Produce.",
        BatchFault.TooLarge => "The batch is larger than the topic's max.message.bytes.",
        BatchFault.CrcMismatch => "The checksum of the batch is wrong: it was damaged on the way.",
        BatchFault.BaseOffsetNotZero => "A producer's batch must have base offset 0.",
        BatchFault.CodecUnknown => "The batch names a compression that does not exist.",
        BatchFault.CountMismatch => "The record count of the batch is not positive, or differs from what its last offset says.",
        BatchFault.ControlBatch => "Control batches come from the broker alone.",
        BatchFault.SequenceMissing => "The batch has a producer id but no sequence number.",
        BatchFault.RecordsMalformed => "The records of the batch are not those that its header and their lengths announce.",
        BatchFault.RecordLengthUnreadable => "The length of a record is not a number.",
        BatchFault.Undecodable => "The compressed records of the batch cannot be decompressed.",
        BatchFault.DecompressedTooLarge => "The records unfold to more bytes than one batch may decompress to; send smaller batches.",
        BatchFault.RecordsRefused => "Records of the batch were refused, and so all of it.",
        BatchFault.TimestampsRefused => "Records of the batch have times that the topic does not take, and so all of it was refused.",
        BatchFault.OffsetsNotConsecutive => "The records of a compressed batch must be numbered from 0 without gaps.",
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, null),
    };
}
