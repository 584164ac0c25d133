using Moldau.Broker.Config;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Tests.Config;

public sealed class LiveConfigTests
{
    private readonly LiveConfig _config = new(BrokerConfig.Load(new KafkaBrokerOptions()));

    [Fact]
    public void The_same_settings_give_the_same_configuration()
    {
        var image = With(ConfigResource.AllBrokers, "message.max.bytes", "2000");
        Assert.Same(_config.Of(image), _config.Of(image with { Topics = TopicsImage.Empty }));
    }

    [Fact]
    public void A_change_for_all_brokers_reaches_topics_that_do_not_set_it_themselves()
    {
        var image = With(ConfigResource.AllBrokers, "message.max.bytes", "2000");
        Assert.Equal(2000, _config.OfTopic(image, "t").MaxMessageBytes);
        var own = ConfigResource.NoSettings.Add("max.message.bytes", " 3000 ");
        image = image with { Configs = image.Configs.Add(ConfigResource.Topic("own"), own) };
        Assert.Equal((2000, 3000), (_config.OfTopic(image, "t").MaxMessageBytes, _config.OfTopic(image, "own").MaxMessageBytes));
        Assert.Equal(1048588, _config.OfTopic(ClusterImage.Empty, "t").MaxMessageBytes);
    }

    [Fact]
    public void A_value_of_another_version_that_does_not_fit_is_passed_over() =>
        Assert.Equal(1048588, _config.OfTopic(With(ConfigResource.Topic("t"), "max.message.bytes", "plenty"), "t").MaxMessageBytes);

    [Theory]
    [InlineData("max.connections.per.ip.overrides", "nonsense")]
    [InlineData("group.consumer.assignors", "org.example.MyAssignor")]
    [InlineData("node.id", "7")]
    [InlineData("num.partitions", "5")]
    [InlineData("listener.name.plaintext.max.connections", "5")]
    [InlineData("listener.name.sasl_ssl.ssl.client.auth", "required")]
    public void A_stored_value_that_could_not_be_set_is_passed_over_and_named(string name, string value)
    {
        var image = With(ConfigResource.AllBrokers, name, value);
        var (before, after) = (_config.Of(ClusterImage.Empty), _config.Of(image));
        Assert.Equal((before.NodeId, before.NewTopics.Partitions, 0), (after.NodeId, after.NewTopics.Partitions, after.Connections.PerAddressOverrides.Count));
        Assert.Equal(before.Groups.Consumer.Assignors, after.Groups.Consumer.Assignors);
        string told = Assert.Single(DynamicSettings.PassedOver(ConfigResource.AllBrokers, image.ConfigOf(ConfigResource.AllBrokers)));
        Assert.StartsWith(name, told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_obeys_what_was_given_with_spaces_around_it()
    {
        var resource = new ConfigResource(ConfigResourceType.Group, "g");
        var image = With(resource, "share.auto.offset.reset", " earliest ");
        Assert.Equal(GroupDeliveryConfig.Earliest, _config.Of(image).ShareDelivery.Of("g", image).OffsetReset);
        image = With(resource, "share.auto.offset.reset", "by_duration:soon");
        Assert.Equal(GroupDeliveryConfig.Latest, _config.Of(image).ShareDelivery.Of("g", image).OffsetReset);
        image = With(resource, "consumer.session.timeout.ms", " 50000 ");
        Assert.Equal(50_000, _config.Of(image).Groups.Consumer.Of("g", image).SessionTimeoutMs.Value);
    }

    [Fact]
    public void An_assignment_interval_that_is_set_beyond_its_bounds_counts_as_the_bound()
    {
        GroupSettings Set(string kind) => _config.Of(With(ConfigResource.AllBrokers, $"group.{kind}.assignment.interval.ms", "20000")).Groups;
        Assert.Equal(15_000, Set("consumer").Consumer.AssignmentIntervalMs.Value);
        Assert.Equal(15_000, Set("share").Share.AssignmentIntervalMs.Value);
        Assert.Equal(15_000, Set("streams").Streams.AssignmentIntervalMs.Value);
    }

    private static ClusterImage With(ConfigResource resource, string name, string value) =>
        ClusterImage.Empty with { Configs = ClusterImage.Empty.Configs.Add(resource, ConfigResource.NoSettings.Add(name, value)) };
}
