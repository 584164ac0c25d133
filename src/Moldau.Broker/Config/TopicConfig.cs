using System.Globalization;
using Moldau.Log;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Config;

/// <summary>The settings in force for one topic: its own, else the broker's.</summary>
internal sealed record TopicConfig
{
    public CleanupPolicies CleanupPolicy => Log.CleanupPolicy;

    /// <summary>The codec in which batches are stored; null keeps the producer's.</summary>
    public required CompressionCodec? Compression { get; init; }

    public required int GzipLevel { get; init; }

    public required int Lz4Level { get; init; }

    public required int ZstdLevel { get; init; }

    public required int MaxMessageBytes { get; init; }

    public required int MaxDecompressedMessageBytes { get; init; }

    public required TimestampType TimestampType { get; init; }

    public required long TimestampBeforeMaxMs { get; init; }

    public required long TimestampAfterMaxMs { get; init; }

    /// <summary>What the partition logs obey.</summary>
    public required LogSettings Log { get; init; }

    /// <summary>Of a topic that sets nothing itself, on a broker that sets nothing.</summary>
    public static TopicConfig Default { get; } = From(ConfigLayers.Nothing, ConfigLayers.BuiltIn);

    /// <summary>Own values are as they were given. One that does not fit its key, written by another version, is passed over.</summary>
    public static TopicConfig From(IReadOnlyDictionary<string, string> own, ConfigLayers broker)
    {
        string[] policies = Text("cleanup.policy").Split(',');
        return new()
        {
            Compression = Codec(Text("compression.type")),
            GzipLevel = (int)Number("compression.gzip.level"),
            Lz4Level = (int)Number("compression.lz4.level"),
            ZstdLevel = (int)Number("compression.zstd.level"),
            MaxMessageBytes = (int)Number("max.message.bytes"),
            MaxDecompressedMessageBytes = (int)Number("max.decompressed.message.bytes"),
            TimestampType = Text("message.timestamp.type") == "LogAppendTime" ? TimestampType.LogAppendTime : TimestampType.CreateTime,
            TimestampBeforeMaxMs = Number("message.timestamp.before.max.ms"),
            TimestampAfterMaxMs = Number("message.timestamp.after.max.ms"),
            Log = new LogSettings
            {
                SegmentBytes = (int)Number("segment.bytes"),
                SegmentMs = Number("segment.ms"),
                SegmentJitterMs = Number("segment.jitter.ms"),
                SegmentIndexBytes = (int)Number("segment.index.bytes"),
                IndexIntervalBytes = (int)Number("index.interval.bytes"),
                CleanupPolicy = (policies.Contains("delete") ? CleanupPolicies.Delete : CleanupPolicies.None)
                    | (policies.Contains("compact") ? CleanupPolicies.Compact : CleanupPolicies.None),
                RetentionMs = Number("retention.ms"),
                RetentionBytes = Number("retention.bytes"),
                FileDeleteDelayMs = Number("file.delete.delay.ms"),
                DeleteRetentionMs = Number("delete.retention.ms"),
                MinCompactionLagMs = Number("min.compaction.lag.ms"),
                MaxCompactionLagMs = Number("max.compaction.lag.ms"),
                MinCleanableDirtyRatio = double.Parse(Text("min.cleanable.dirty.ratio"), CultureInfo.InvariantCulture),

                // Only the topic itself can opt out of durable acknowledgements, never a default that nobody remembers.
                FlushMessages = own.ContainsKey("flush.messages") ? Number("flush.messages") : null,
                FlushMs = own.ContainsKey("flush.ms") ? Number("flush.ms") : null,
            },
        };

        string Text(string name)
        {
            var (key, value) = (ConfigKeys.Find(ConfigScope.Topic, name)!, default(ConfigValue));
            bool isOwn = own.TryGetValue(name, out string? text) && ConfigValue.TryParse(key, text, out value, out _);
            return isOwn ? value.Text : broker.Default(key)!;
        }

        long Number(string name) => long.Parse(Text(name), CultureInfo.InvariantCulture);
    }

    private static CompressionCodec? Codec(string text) => text switch
    {
        "uncompressed" => CompressionCodec.None,
        "gzip" => CompressionCodec.Gzip,
        "snappy" => CompressionCodec.Snappy,
        "lz4" => CompressionCodec.Lz4,
        "zstd" => CompressionCodec.Zstd,
        _ => null,
    };
}
