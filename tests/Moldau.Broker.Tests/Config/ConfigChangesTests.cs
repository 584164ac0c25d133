using Moldau.Broker.Config;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Config;

public sealed class ConfigChangesTests
{
    private static readonly ConfigResource Orders = ConfigResource.Topic("orders");
    private static readonly ConfigResource ThisBroker = new(ConfigResourceType.Broker, "1");
    private static readonly ConfigResource SomeGroup = new(ConfigResourceType.Group, "g");

    private readonly ConfigChanges _changes = new(new LiveConfig(BrokerConfig.Load(new KafkaBrokerOptions())));
    private ClusterImage _image = ClusterImage.Empty with
    {
        Topics = TopicsImage.Empty with { ByName = TopicsImage.Empty.ByName.Add("orders", new TopicImage("orders", Guid.Empty, [])) },
    };

    [Fact]
    public void A_value_is_stored_as_it_was_given() =>
        Made(Orders, [new("retention.ms", ConfigOperation.Set, " 5000 ")], "retention.ms= 5000 ");

    [Fact]
    public void What_does_not_change_is_not_written()
    {
        Set(Orders, "retention.ms", "5000");
        Made(Orders, [new("retention.ms", ConfigOperation.Set, "5000"), new("segment.ms", ConfigOperation.Delete, null)]);
    }

    [Fact]
    public void A_deleted_setting_has_no_value()
    {
        Set(Orders, "retention.ms", "5000");
        Made(Orders, [new("retention.ms", ConfigOperation.Delete, "ignored")], "retention.ms=null");
    }

    [Fact]
    public void Adding_to_a_list_begins_with_the_default_and_repeats_nothing() =>
        Made(Orders, [new("cleanup.policy", ConfigOperation.Append, "compact,delete,compact")], "cleanup.policy=delete,compact");

    [Fact]
    public void Taking_the_last_element_leaves_an_empty_list() =>
        Made(Orders, [new("cleanup.policy", ConfigOperation.Subtract, "delete")], "cleanup.policy=");

    [Fact]
    public void Replacing_takes_back_what_is_not_named()
    {
        Set(Orders, "retention.ms", "5000");
        Made(Orders, ConfigChanges.Replacing(_image, Orders, [("segment.bytes", "1048576")]), "segment.bytes=1048576", "retention.ms=null");
    }

    [Theory]
    [InlineData("retention.ms", ConfigOperation.Set, null, ErrorCode.InvalidRequest)]
    [InlineData("cleanup.policy", ConfigOperation.Append, null, ErrorCode.InvalidRequest)]
    [InlineData("retention.ms", ConfigOperation.Append, "5", ErrorCode.InvalidConfig)]
    [InlineData("no.such", ConfigOperation.Subtract, "5", ErrorCode.InvalidConfig)]
    [InlineData("no.such", ConfigOperation.Set, "5", ErrorCode.InvalidConfig)]
    [InlineData("no.such", ConfigOperation.Delete, null, ErrorCode.None)]
    [InlineData("cleanup.policy", ConfigOperation.Append, "compact,shred", ErrorCode.InvalidConfig)]
    [InlineData("retention.ms", (ConfigOperation)4, "5", ErrorCode.UnknownServerError)]
    public void A_change_of_a_topic_is_judged(string name, object operation, string? value, object code) =>
        Assert.Equal((ErrorCode)code, Judge(Orders, new ConfigChange(name, (ConfigOperation)operation, value)));

    [Theory]
    [InlineData("node.id", "2", ErrorCode.InvalidRequest)]
    [InlineData("listeners", "PLAINTEXT://localhost:1", ErrorCode.InvalidRequest)]
    [InlineData("max.connections", "5", ErrorCode.None)]
    [InlineData("log.cleaner.threads", "x", ErrorCode.InvalidRequest)]
    [InlineData("log.cleaner.threads", "2", ErrorCode.None)]
    [InlineData("num.io.threads", "800", ErrorCode.InvalidRequest)]
    [InlineData("min.insync.replicas", "1", ErrorCode.InvalidConfig)]
    [InlineData("custom.plugin.setting", "x", ErrorCode.None)]
    [InlineData("listener.name.plaintext.max.connections", "5", ErrorCode.InvalidRequest)]
    [InlineData("listener.name.sasl_ssl.ssl.client.auth", "required", ErrorCode.InvalidRequest)]
    [InlineData("listener.name.sasl_ssl.plain.sasl.jaas.config", "PlainLoginModule required;", ErrorCode.InvalidRequest)]
    [InlineData("listener.name.sasl_ssl.custom.plugin.setting", "x", ErrorCode.None)]
    [InlineData("max.connections.per.ip.overrides", "nonsense", ErrorCode.InvalidRequest)]
    [InlineData("max.connections.per.ip.overrides", "10.0.0.1:5,[::1]:7", ErrorCode.None)]
    [InlineData("log.roll.ms", "0", ErrorCode.InvalidRequest)]
    [InlineData("log.roll.jitter.ms", "-1", ErrorCode.InvalidRequest)]
    [InlineData("log.retention.ms", "-1", ErrorCode.None)]
    [InlineData("log.retention.ms", "-2", ErrorCode.InvalidRequest)]
    [InlineData("group.consumer.assignors", "no.such", ErrorCode.InvalidRequest)]
    public void A_change_of_a_broker_is_judged(string name, string value, object code) =>
        Assert.Equal((ErrorCode)code, Judge(ThisBroker, new ConfigChange(name, ConfigOperation.Set, value)));

    [Fact]
    public void Whatever_is_taken_can_be_loaded()
    {
        string[] texts = ["", " ", "0", "-1", "x", ",", ":", "a:b", "1:", "-9223372036854775808", "9223372036854775807", "2147483647", "1e308", "true", "delete,compact", "producer"];
        var settings = ConfigKeys.ForFile().Concat(ConfigKeys.Of(ConfigScope.BrokerDynamic)).Select(key => key.Name);
        foreach (string name in settings)
        {
            foreach (string text in texts.Where(text => Judge(ConfigResource.AllBrokers, new ConfigChange(name, ConfigOperation.Set, text)) == ErrorCode.None))
            {
                var config = new LiveConfig(BrokerConfig.Load(new KafkaBrokerOptions()));
                var own = ConfigResource.NoSettings.Add(name, text);
                var image = _image with { Configs = _image.Configs.Add(ConfigResource.AllBrokers, own) };
                Assert.NotNull(config.OfTopic(image, "orders"));
                Assert.Empty(DynamicSettings.PassedOver(ConfigResource.AllBrokers, own));
            }
        }
    }

    [Theory]
    [InlineData("consumer.session.timeout.ms", "1", ErrorCode.InvalidConfig)]
    [InlineData("consumer.session.timeout.ms", "100000000", ErrorCode.InvalidConfig)]
    [InlineData("consumer.session.timeout.ms", "50000", ErrorCode.None)]
    [InlineData("streams.num.standby.replicas", "3", ErrorCode.InvalidConfig)]
    public void A_group_keeps_within_the_brokers_bounds(string name, string value, object code) =>
        Assert.Equal((ErrorCode)code, Judge(SomeGroup, new ConfigChange(name, ConfigOperation.Set, value)));

    [Fact]
    public void A_members_session_lasts_longer_than_from_one_heartbeat_to_the_next()
    {
        var options = new KafkaBrokerOptions();
        options.Properties["group.consumer.max.heartbeat.interval.ms"] = "60000";
        var changes = new ConfigChanges(new LiveConfig(BrokerConfig.Load(options)));
        ErrorCode SetTo(string value) =>
            changes.Decide(_image, SomeGroup, [new ConfigChange("consumer.heartbeat.interval.ms", ConfigOperation.Set, value)]).Refusal.Code;
        Assert.Equal((ErrorCode.None, ErrorCode.InvalidConfig), (SetTo("44999"), SetTo("45000")));
    }

    [Theory]
    [InlineData("__consumer_offsets", ErrorCode.InvalidConfig)]
    [InlineData("dlq.__t", ErrorCode.None)]
    [InlineData("", ErrorCode.None)]
    public void No_internal_topic_is_a_dead_letter_queue(string topic, object code) =>
        Assert.Equal((ErrorCode)code, Judge(SomeGroup, new ConfigChange("errors.deadletterqueue.topic.name", ConfigOperation.Set, topic)));

    [Theory]
    [InlineData("interval.ms", "1", ErrorCode.InvalidRequest)]
    [InlineData("match", "client_id=(", ErrorCode.InvalidConfig)]
    [InlineData("match", "colour=blue", ErrorCode.InvalidConfig)]
    [InlineData("match", "client_id=app-.*", ErrorCode.None)]
    public void A_subscription_to_client_metrics_is_judged(string name, string value, object code) =>
        Assert.Equal((ErrorCode)code, Judge(new(ConfigResourceType.ClientMetrics, "m"), new ConfigChange(name, ConfigOperation.Set, value)));

    [Theory]
    [InlineData(2, "", ErrorCode.InvalidRequest)]
    [InlineData(2, "a b", ErrorCode.InvalidTopicException)]
    [InlineData(2, "none", ErrorCode.UnknownTopicOrPartition)]
    [InlineData(4, "abc", ErrorCode.InvalidRequest)]
    [InlineData(4, "2", ErrorCode.InvalidRequest)]
    [InlineData(8, "2", ErrorCode.InvalidRequest)]
    [InlineData(32, "", ErrorCode.InvalidRequest)]
    [InlineData(64, "x", ErrorCode.InvalidRequest)]
    public void A_resource_that_is_not_here_is_refused(int type, string name, object code) =>
        Assert.Equal((ErrorCode)code, Judge(new((ConfigResourceType)type, name)));

    [Fact]
    public void A_refusal_does_not_quote_all_of_what_is_as_long_as_a_string_can_be()
    {
        var change = new ConfigChange(new string('x', short.MaxValue), ConfigOperation.Set, "1");
        Assert.InRange(_changes.Decide(_image, Orders, [change]).Refusal.Message!.Length, 1, 1100);
    }

    [Fact]
    public void A_list_does_not_grow_beyond_what_a_record_holds()
    {
        const string Name = "leader.replication.throttled.replicas";
        string Pairs(int partition) => string.Join(',', Enumerable.Range(partition, 2_000).Select(index => $"{index}:1000"));
        Set(Orders, Name, Pairs(partition: 10_000));
        Assert.Equal(ErrorCode.InvalidConfig, Judge(Orders, new ConfigChange(Name, ConfigOperation.Append, Pairs(partition: 20_000))));
    }

    [Fact]
    public void A_name_that_is_changed_twice_is_refused() =>
        Assert.Equal(
            ErrorCode.InvalidRequest,
            Judge(Orders, new("retention.ms", ConfigOperation.Set, "1"), new("retention.ms", ConfigOperation.Delete, null)));

    [Fact]
    public void The_clusters_minimum_of_replicas_cannot_be_removed()
    {
        Set(ConfigResource.AllBrokers, "min.insync.replicas", "1");
        Assert.Equal(ErrorCode.InvalidConfig, Judge(ConfigResource.AllBrokers, new ConfigChange("min.insync.replicas", ConfigOperation.Delete, null)));
    }

    private void Set(ConfigResource resource, string name, string value) =>
        _image = _image with { Configs = _image.Configs.SetItem(resource, _image.ConfigOf(resource).SetItem(name, value)) };

    private ErrorCode Judge(ConfigResource resource, params ConfigChange[] changes) => _changes.Decide(_image, resource, changes).Refusal.Code;

    private void Made(ConfigResource resource, IReadOnlyList<ConfigChange> changes, params string[] expected)
    {
        var (refusal, records) = _changes.Decide(_image, resource, changes);
        Assert.True(refusal.IsNone, refusal.Message);
        var bodies = records.Select(record => (ConfigRecord)record.Body);
        Assert.Equal(expected, bodies.Select(body => $"{body.Name}={body.Value ?? "null"}"));
    }
}
