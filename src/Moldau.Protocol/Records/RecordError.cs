using System.Globalization;

namespace Moldau.Protocol.Records;

/// <summary>Why one record was refused.</summary>
internal enum RecordErrorKind : byte
{
    KeyMissing,
    TimestampOutOfRange,
    TimestampTypeFromClient,
}

/// <summary>One refused record of a batch. The text is made only when it is asked for.</summary>
internal readonly record struct RecordError(int Index, RecordErrorKind Kind, long Timestamp)
{
    /// <summary>The most that are listed of one batch; the rest is as wrong, and an answer must stay small.</summary>
    public const int ListedMax = 1000;

    public string Message => Kind switch
    {
        RecordErrorKind.KeyMissing => $"Record {Index} has no key, and the topic is compacted: there a record needs one.",
        RecordErrorKind.TimestampOutOfRange => string.Create(CultureInfo.InvariantCulture,
            $"The time of record {Index}, {Timestamp} ms, is too far from the broker's clock (message.timestamp.before.max.ms and after.max.ms)."),
        _ => $"Record {Index} claims the time of its append. The broker alone sets that; send the time of its creation.",
    };
}
