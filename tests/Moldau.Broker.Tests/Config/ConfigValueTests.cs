using Moldau.Broker.Config;
using Xunit;

namespace Moldau.Broker.Tests.Config;

public sealed class ConfigValueTests
{
    [Theory]
    [InlineData("retention.ms", " 1000 ", "1000")]
    [InlineData("retention.ms", "-1", "-1")]
    [InlineData("retention.ms", "+5", "5")]
    [InlineData("preallocate", "TRUE", "true")]
    [InlineData("cleanup.policy", "compact , delete", "compact,delete")]
    [InlineData("cleanup.policy", "", "")]
    [InlineData("compression.gzip.level", "-1", "-1")]
    [InlineData("min.cleanable.dirty.ratio", "0.25", "0.25")]
    public void A_valid_value_is_taken_in_its_canonical_form(string name, string text, string canonical)
    {
        Assert.True(ConfigValue.TryParse(Topic(name), text, out var value, out _));
        Assert.Equal(canonical, value.Text);
    }

    [Theory]
    [InlineData("retention.ms", "-2", "retention.ms must be -1 or more, but is '-2'.")]
    [InlineData("retention.ms", "1.5", "retention.ms must be a whole number of 64 bits, but is '1.5'.")]
    [InlineData("segment.bytes", "2147483648", "segment.bytes must be a whole number of 32 bits, but is '2147483648'.")]
    [InlineData("preallocate", "yes", "preallocate must be true or false, but is 'yes'.")]
    [InlineData("cleanup.policy", "compact,keep", "cleanup.policy must be a list of compact, delete, but is 'compact,keep'.")]
    [InlineData("message.timestamp.type", "Never", "message.timestamp.type must be one of CreateTime, LogAppendTime, but is 'Never'.")]
    [InlineData("compression.gzip.level", "0", "compression.gzip.level must be from 1 to 9, or -1, but is '0'.")]
    [InlineData("min.cleanable.dirty.ratio", "1.01", "min.cleanable.dirty.ratio must be from 0 to 1, but is '1.01'.")]
    public void A_wrong_value_names_itself_and_what_is_allowed(string name, string text, string refusal)
    {
        Assert.False(ConfigValue.TryParse(Topic(name), text, out _, out string actual));
        Assert.Equal(refusal, actual);
    }

    [Theory]
    [InlineData("latest")]
    [InlineData("earliest")]
    [InlineData("by_duration:PT1H30M")]
    public void A_share_group_begins_at_an_end_or_so_long_ago(string text) =>
        Assert.True(ConfigValue.TryParse(ConfigKeys.Find(ConfigScope.Group, "share.auto.offset.reset")!, text, out _, out _));

    [Theory]
    [InlineData("*", true)]
    [InlineData("0:1,1:1", true)]
    [InlineData("0", false)]
    [InlineData("0:x", false)]
    public void Throttled_replicas_are_pairs_or_all(string text, bool isValid) =>
        Assert.Equal(isValid, ConfigValue.TryParse(Topic("leader.replication.throttled.replicas"), text, out _, out _));

    [Fact]
    public void A_duration_that_is_none_is_refused()
    {
        var key = ConfigKeys.Find(ConfigScope.Group, "share.auto.offset.reset")!;
        Assert.False(ConfigValue.TryParse(key, "by_duration:soon", out _, out _));
    }

    private static ConfigKey Topic(string name) => ConfigKeys.Find(ConfigScope.Topic, name)!;
}
