namespace Moldau.Protocol.Records;

/// <summary>What a topic's configuration asks of the batches that producers send to it.</summary>
internal sealed record BatchRules
{
    public static BatchRules Default { get; } = new();

    /// <summary>Whether each record must have a key: true where <c>cleanup.policy</c> holds compact.</summary>
    public bool KeysRequired { get; init; }

    /// <summary>max.message.bytes: bytes of a batch as it comes, and again as it is stored.</summary>
    public int BatchBytesMax { get; init; } = 1_048_588;

    public TimestampType TimestampType { get; init; }

    public long TimestampBeforeMaxMs { get; init; } = long.MaxValue;

    public long TimestampAfterMaxMs { get; init; } = 3_600_000;

    /// <summary>compression.type; null leaves to each producer how it compresses.</summary>
    public CompressionSetting? Compression { get; init; }

    /// <summary>Bytes that the records of one batch may decompress to.</summary>
    public long DecompressedBytesMax { get; init; } = Decompressor.OutputBytesMaxDefault;

    /// <summary>What decompression may yield: where the topic stores without compression, no more than it may store.</summary>
    public long OutputBytesMax => Compression is { Codec: CompressionCodec.None } ? Math.Min(BatchBytesMax, DecompressedBytesMax) : DecompressedBytesMax;
}
