using Moldau.Broker.Config;
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

    private static ClusterImage With(ConfigResource resource, string name, string value) =>
        ClusterImage.Empty with { Configs = ClusterImage.Empty.Configs.Add(resource, ConfigResource.NoSettings.Add(name, value)) };
}
