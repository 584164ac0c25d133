using Moldau.Broker.Config;
using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Tests.Config;

public sealed class TopicConfigRulesTests
{
    private readonly TopicConfigRules _rules = new(new LiveConfig(BrokerConfig.Load(new KafkaBrokerOptions())));

    [Theory]
    [InlineData("no.such.config", "1", "'no.such.config' is no setting of topics.")]
    [InlineData("retention", "1", "'retention' is no setting of topics. Is retention.ms meant?")]
    [InlineData("log.retention.ms", "1", "'log.retention.ms' is no setting of topics. Is local.retention.ms meant?")]
    [InlineData("", "x", "'' is no setting of topics.")]
    [InlineData("min.insync.replicas", "0", "min.insync.replicas must be 1 or more, but is '0'.")]
    [InlineData("remote.storage.enable", "true", "remote.storage.enable must be false: there is no tiered storage.")]
    public void A_wrong_setting_says_what_is_wrong(string name, string value, string problem) =>
        Assert.Equal(problem, _rules.Problem(ClusterImage.Empty, new Dictionary<string, string> { [name] = value }));

    [Fact]
    public void Compaction_lags_must_not_cross() =>
        Assert.Equal(
            "min.compaction.lag.ms must not be above max.compaction.lag.ms, but 10 is above 9.",
            _rules.Problem(ClusterImage.Empty, new Dictionary<string, string> { ["min.compaction.lag.ms"] = "10", ["max.compaction.lag.ms"] = "9" }));

    [Fact]
    public void A_compaction_lag_must_not_cross_that_of_the_broker()
    {
        var broker = ConfigResource.NoSettings.Add("log.cleaner.max.compaction.lag.ms", "9");
        var image = ClusterImage.Empty with { Configs = ClusterImage.Empty.Configs.Add(ConfigResource.AllBrokers, broker) };
        var settings = new Dictionary<string, string> { ["min.compaction.lag.ms"] = "10" };
        Assert.NotNull(_rules.Problem(image, settings));
        Assert.Null(_rules.Problem(ClusterImage.Empty, settings));
    }

    [Fact]
    public void A_new_topic_is_told_all_its_settings_as_they_were_given()
    {
        var described = _rules.Describe(ClusterImage.Empty, new Dictionary<string, string> { ["cleanup.policy"] = "delete, compact" });
        Assert.Equal(ConfigKeys.Of(ConfigScope.Topic).Count(key => !key.IsInternal), described.Count);
        var policy = Assert.Single(described, setting => setting.Name == "cleanup.policy");
        Assert.Equal(("delete, compact", (sbyte)1), (policy.Value, policy.ConfigSource));
        var bytes = Assert.Single(described, setting => setting.Name == "segment.bytes");
        Assert.Equal(("1073741824", (sbyte)5), (bytes.Value, bytes.ConfigSource));
    }
}
