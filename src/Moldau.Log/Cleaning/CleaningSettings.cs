namespace Moldau.Log.Cleaning;

/// <summary>What cleaning may take, with Kafka's names and defaults.</summary>
internal sealed record CleaningSettings
{
    public static CleaningSettings Default { get; } = new();

    /// <summary>log.cleaner.enable: without it nothing is compacted, whatever the topics say.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>log.cleaner.dedupe.buffer.size: the most that the offset map of a pass takes.</summary>
    public long DedupeBufferBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>log.cleaner.io.buffer.load.factor: how full the offset map may be, 0 to 1.</summary>
    public double DedupeLoadFactor { get; init; } = 0.9;

    /// <summary>
    /// log.cleaner.io.buffer.size: one half of it to read, one half to write. A batch that is larger gets its room for as long as
    /// it is looked at.
    /// </summary>
    public int IoBufferBytes { get; init; } = 512 * 1024;

    /// <summary>
    /// The largest batch that is looked at, in bytes. No request brings one as large; a damaged length says anything.
    /// </summary>
    public int BatchBytesMax { get; init; } = 256 * 1024 * 1024;

    /// <summary>What the records of one batch may unfold to, in bytes.</summary>
    public long DecompressedBytesMax { get; init; } = Protocol.Records.Decompressor.OutputBytesMaxDefault;
}
