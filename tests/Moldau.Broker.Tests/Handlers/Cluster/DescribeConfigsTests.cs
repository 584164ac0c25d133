using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Config;
using Moldau.Broker.Handlers.Cluster;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Cluster;

public sealed class DescribeConfigsTests
{
    private const sbyte Topic = 2, Broker = 4, Logger = 8, ClientMetrics = 16, Group = 32;

    private readonly KafkaBrokerOptions _options = new();
    private ClusterImage _image = ClusterImage.Empty with
    {
        Topics = TopicsImage.Empty with { ByName = TopicsImage.Empty.ByName.Add("orders", new TopicImage("orders", Guid.Empty, [])) },
    };

    [Fact]
    public void A_topic_shows_its_own_value_first_and_the_brokers_under_its_name()
    {
        Set(ConfigResource.Topic("orders"), "cleanup.policy", "compact, delete");
        var setting = Setting("cleanup.policy", Describe(Topic, "orders"));
        Assert.Equal(("compact,delete", (sbyte)1, (sbyte)ConfigType.List), (setting.Value, setting.ConfigSource, setting.ConfigType));
        Assert.Equal([("cleanup.policy", "compact,delete", 1), ("log.cleanup.policy", "delete", 5)], Synonyms(setting));
    }

    [Fact]
    public void A_default_of_all_brokers_shows_as_source_of_a_topics_setting()
    {
        Set(ConfigResource.AllBrokers, "log.retention.ms", "777000");
        var setting = Setting("retention.ms", Describe(Topic, "orders"));
        Assert.Equal(("777000", (sbyte)3), (setting.Value, setting.ConfigSource));
        Assert.Equal([("log.retention.ms", "777000", 3), ("log.retention.hours", "168", 5)], Synonyms(setting));
    }

    [Fact]
    public void A_default_in_hours_alone_is_no_synonym_of_milliseconds()
    {
        var setting = Setting("retention.ms", Describe(Topic, "orders"));
        Assert.Equal(("604800000", (sbyte)5), (setting.Value, setting.ConfigSource));
        Assert.Empty(setting.Synonyms);
    }

    [Fact]
    public void A_broker_shows_every_place_where_a_key_is_set()
    {
        _options.Properties["log.cleaner.backoff.ms"] = "14000";
        Set(ConfigResource.AllBrokers, "log.cleaner.backoff.ms", "16000");
        Set(new(ConfigResourceType.Broker, "1"), "log.cleaner.backoff.ms", "17000");
        var setting = Setting("log.cleaner.backoff.ms", Describe(Broker, "1"));
        Assert.Equal([("17000", 2), ("16000", 3), ("14000", 4), ("15000", 5)], setting.Synonyms.Select(synonym => (synonym.Value, (int)synonym.Source)));
    }

    [Fact]
    public void All_brokers_together_have_only_what_is_set_for_them()
    {
        Set(ConfigResource.AllBrokers, "min.insync.replicas", "1");
        Assert.Equal("min.insync.replicas", Assert.Single(Describe(Broker, "").Configs).Name);
    }

    [Fact]
    public void Secrets_and_unknown_names_are_hidden()
    {
        _options.Properties["listener.name.plaintext.plain.sasl.jaas.config"] = "PlainLoginModule required user_a=\"b\";";
        Set(ConfigResource.AllBrokers, "custom.plugin.setting", "x");
        var broker = Describe(Broker, "1");
        Assert.All(["listener.name.plaintext.plain.sasl.jaas.config", "custom.plugin.setting"], name =>
        {
            var setting = Setting(name, broker);
            Assert.Equal((null, true), (setting.Value, setting.IsSensitive));
            Assert.All(setting.Synonyms, synonym => Assert.Null(synonym.Value));
        });
    }

    [Fact]
    public void A_group_has_the_brokers_values_until_it_sets_its_own()
    {
        const string Own = "consumer.session.timeout.ms", Brokers = "group." + Own, NoBrokers = "share.isolation.level";
        Assert.Equal([(Brokers, "45000", 5)], Synonyms(Setting(Own, Describe(Group, "g"))));
        Assert.Equal([(NoBrokers, "read_uncommitted", 5)], Synonyms(Setting(NoBrokers, Describe(Group, "g"))));
        Set(new(ConfigResourceType.Group, "g"), Own, "50000");
        Assert.Equal([(Own, "50000", 8), (Brokers, "45000", 5)], Synonyms(Setting(Own, Describe(Group, "g"))));
    }

    [Fact]
    public void A_subscription_that_does_not_exist_is_described_by_its_defaults()
    {
        var settings = Describe(ClientMetrics, "m").Configs.Select(setting => $"{setting.Name}={setting.Value}");
        Assert.Equal(["interval.ms=300000", "match=", "metrics="], settings.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_root_logger_has_the_level_that_the_log_takes()
    {
        var root = Assert.Single(Describe(Logger, "1").Configs);
        Assert.Equal(("root", "FATAL"), (root.Name, root.Value));
    }

    [Theory]
    [InlineData(Topic, "none", ErrorCode.UnknownTopicOrPartition)]
    [InlineData(Topic, "", ErrorCode.InvalidTopicException)]
    [InlineData(Topic, "a b", ErrorCode.InvalidTopicException)]
    [InlineData(Broker, "2", ErrorCode.InvalidRequest)]
    [InlineData(Broker, "abc", ErrorCode.InvalidRequest)]
    [InlineData(Broker, "01", ErrorCode.None)]
    [InlineData(Logger, "", ErrorCode.InvalidRequest)]
    [InlineData(Group, "", ErrorCode.InvalidRequest)]
    [InlineData(3, "x", ErrorCode.InvalidRequest)]
    public void A_resource_that_is_not_here_has_its_code(int type, string name, object code) =>
        Assert.Equal((ErrorCode)code, Describe((sbyte)type, name).ErrorCode);

    [Fact]
    public void Only_the_keys_asked_for_come_and_unknown_ones_are_no_error()
    {
        var asked = Describe(Topic, "orders", "retention.ms", "no.such.key", "retention.ms");
        Assert.Equal(["retention.ms"], asked.Configs.Select(setting => setting.Name));
        Assert.True(Describe(Topic, "orders").Configs.Count > 30);
    }

    [Fact]
    public void Every_setting_has_words_when_they_are_asked_for() =>
        Assert.All(Describe(Broker, "1").Configs, setting => Assert.False(string.IsNullOrEmpty(setting.Documentation)));

    private void Set(ConfigResource resource, string name, string value) =>
        _image = _image with { Configs = _image.Configs.SetItem(resource, _image.ConfigOf(resource).SetItem(name, value)) };

    private DescribeConfigsResponse.DescribeConfigsResult Describe(sbyte type, string name, params string[] keys)
    {
        var handler = new DescribeConfigs(new LiveConfig(BrokerConfig.Load(_options)), () => _image, new LoggerLevels(NullLoggerFactory.Instance));
        var request = new DescribeConfigsRequest
        {
            Resources = [new() { ResourceType = type, ResourceName = name, ConfigurationKeys = [.. keys] }],
            IncludeSynonyms = true,
            IncludeDocumentation = true,
        };
        return Assert.Single(handler.Answer(request).Results);
    }

    private static DescribeConfigsResponse.DescribeConfigsResourceResult Setting(
        string name, DescribeConfigsResponse.DescribeConfigsResult result) =>
        Assert.Single(result.Configs, setting => setting.Name == name);

    private static IEnumerable<(string, string?, int)> Synonyms(DescribeConfigsResponse.DescribeConfigsResourceResult setting) =>
        setting.Synonyms.Select(synonym => (synonym.Name, synonym.Value, (int)synonym.Source));
}
