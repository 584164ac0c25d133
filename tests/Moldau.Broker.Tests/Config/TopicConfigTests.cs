using Moldau.Broker.Config;
using Moldau.Log;
using Moldau.Protocol.Records;
using Xunit;

namespace Moldau.Broker.Tests.Config;

public sealed class TopicConfigTests
{
    [Fact]
    public void The_logs_own_defaults_are_those_of_the_table() => Assert.Equal(LogSettings.Default with { CleanupPolicy = CleanupPolicies.Delete }, TopicConfig.Default.Log);

    [Fact]
    public void A_topic_that_sets_nothing_is_durable_and_takes_what_producers_send()
    {
        var config = TopicConfig.Default;
        Assert.True(config.Log.IsDurable);
        Assert.Equal((CleanupPolicies.Delete, TimestampType.CreateTime, 1048588), (config.CleanupPolicy, config.TimestampType, config.MaxMessageBytes));
        Assert.Null(config.Compression);
    }

    [Fact]
    public void Only_the_topic_itself_opts_out_of_durability()
    {
        var broker = Broker(("log.flush.interval.messages", "1"), ("log.flush.interval.ms", "1"));
        Assert.True(TopicConfig.From(ConfigLayers.Nothing, broker).Log.IsDurable);
        Assert.Equal(500, TopicConfig.From(new Dictionary<string, string> { ["flush.ms"] = "500" }, broker).Log.FlushMs);
    }

    /// <summary>What only others than the topic's logs and its producers go by is not among them.</summary>
    public static TheoryData<string> Honoured => [.. ConfigKeys.Of(ConfigScope.Topic)
        .Where(key => key.Standing == ConfigStanding.Honoured && key.Name != "errors.deadletterqueue.group.enable").Select(key => key.Name)];

    [Theory]
    [MemberData(nameof(Honoured))]
    public void A_setting_that_is_called_honoured_changes_what_the_topic_goes_by(string name)
    {
        string[] values = ["2000000", "0.25", "2", "gzip", "LogAppendTime", "compact"];
        var key = ConfigKeys.Find(ConfigScope.Topic, name)!;
        string value = values.First(value => ConfigValue.TryParse(key, value, out _, out _));
        Assert.NotEqual(TopicConfig.Default, Topic(name, value));
    }

    [Fact]
    public void A_broker_gives_compaction_its_defaults()
    {
        var log = TopicConfig.From(ConfigLayers.Nothing, Broker(
            ("log.cleaner.delete.retention.ms", "1"), ("log.cleaner.min.cleanable.ratio", "0.1"),
            ("log.cleaner.min.compaction.lag.ms", "2"), ("log.cleaner.max.compaction.lag.ms", "3"))).Log;
        Assert.Equal((1, 0.1, 2, 3), (log.DeleteRetentionMs, log.MinCleanableDirtyRatio, log.MinCompactionLagMs, log.MaxCompactionLagMs));
    }

    [Fact]
    public void Milliseconds_win_over_hours_of_the_broker()
    {
        var hours = Broker(("log.roll.hours", "2"));
        Assert.Equal(7_200_000, TopicConfig.From(ConfigLayers.Nothing, hours).Log.SegmentMs);
        var both = Broker(("log.roll.hours", "2"), ("log.roll.ms", "5000"));
        Assert.Equal(5000, TopicConfig.From(ConfigLayers.Nothing, both).Log.SegmentMs);
    }

    [Theory]
    [InlineData("uncompressed", CompressionCodec.None)]
    [InlineData("gzip", CompressionCodec.Gzip)]
    [InlineData("snappy", CompressionCodec.Snappy)]
    [InlineData("lz4", CompressionCodec.Lz4)]
    [InlineData("zstd", CompressionCodec.Zstd)]
    public void A_topic_may_store_one_codec_only(string name, object codec) =>
        Assert.Equal((CompressionCodec)codec, Topic("compression.type", name).Compression);

    [Theory]
    [InlineData("compact,delete", CleanupPolicies.Compact | CleanupPolicies.Delete)]
    [InlineData("compact", CleanupPolicies.Compact)]
    [InlineData("", CleanupPolicies.None)]
    public void A_topic_may_be_compacted_cut_both_or_neither(string policy, object policies) =>
        Assert.Equal((CleanupPolicies)policies, Topic("cleanup.policy", policy).CleanupPolicy);

    private static TopicConfig Topic(string name, string value) =>
        TopicConfig.From(new Dictionary<string, string> { [name] = value }, ConfigLayers.BuiltIn);

    private static ConfigLayers Broker(params (string Key, string Value)[] file) =>
        new() { File = file.ToDictionary(setting => setting.Key, setting => setting.Value) };
}
