using Moldau.Broker.Config;
using Moldau.Log;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Topics;

/// <summary>A partition as one request sees it: its log, and the settings and leader epoch that hold now.</summary>
internal sealed record Partition
{
    public required PartitionLog Log { get; init; }

    public required TopicConfig Config { get; init; }

    /// <summary>What the topic's settings ask of batches.</summary>
    public BatchRules Rules => field ??= RulesOf(Config);

    public required int LeaderEpoch { get; init; }

    private static BatchRules RulesOf(TopicConfig config) => new()
    {
        KeysRequired = config.CleanupPolicy.HasFlag(CleanupPolicies.Compact),
        BatchBytesMax = config.MaxMessageBytes,
        TimestampType = config.TimestampType,
        TimestampBeforeMaxMs = config.TimestampBeforeMaxMs,
        TimestampAfterMaxMs = config.TimestampAfterMaxMs,
        // What is taken in must be readable for whoever cleans the log or looks for times in it, whatever the topic allows.
        DecompressedBytesMax = Math.Min(config.MaxDecompressedMessageBytes, Decompressor.OutputBytesMaxDefault),
        Compression = config.Compression is { } codec ? new CompressionSetting(codec, LevelOf(codec, config)) : null,
    };

    private static int LevelOf(CompressionCodec codec, TopicConfig config) => codec switch
    {
        CompressionCodec.Gzip => config.GzipLevel,
        CompressionCodec.Lz4 => config.Lz4Level,
        CompressionCodec.Zstd => config.ZstdLevel,
        _ => CompressionSetting.Default(codec).Level,
    };
}
