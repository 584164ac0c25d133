using Moldau.Broker.Config;
using Moldau.TestKit;
using Xunit;

namespace Moldau.Broker.Tests.Config;

public sealed class ConfigKeysTests
{
    [Fact]
    public void Every_key_of_Kafka_4_4_is_known_with_its_type_default_rule_and_mode()
    {
        var expected = Fixture.Table("tables/configs-4.4.tsv").Select(cells => string.Join('\t', cells)).ToList();
        var actual = ConfigKeys.All.Where(key => key.Scope is not (ConfigScope.Authorizer or ConfigScope.Moldau));
        Assert.Equal(expected.Order(StringComparer.Ordinal), actual.Select(InTheFormOfTheTable).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_key_has_documentation_that_is_a_sentence() =>
        Assert.All(ConfigKeys.All, key => Assert.True(key.Documentation.EndsWith('.'), key.Name));

    [Fact]
    public void Every_default_that_is_not_empty_is_valid_for_its_key()
    {
        foreach (var key in ConfigKeys.All.Where(key => key.Default is { Length: > 0 }))
        {
            Assert.True(ConfigValue.TryParse(key, key.Default!, out var value, out string refusal), refusal);
            Assert.Equal(key.Default, value.Text);
        }
    }

    [Fact]
    public void Every_default_of_one_node_is_that_of_a_key_and_differs_from_Kafkas()
    {
        foreach (var own in OneNodeDefaults.All)
            Assert.NotEqual(own.Value, ConfigKeys.Find(ConfigScope.Broker, own.Key)?.KafkaDefault ?? "no such key, or no default");
    }

    [Fact]
    public void Every_synonym_is_a_broker_key()
    {
        foreach (var synonym in ConfigKeys.All.SelectMany(key => key.Synonyms))
            Assert.NotNull(ConfigKeys.Find(ConfigScope.Broker, synonym.Name));
    }

    [Theory]
    [InlineData("log.retention.hour", "log.retention.hours")]
    [InlineData("listener", "listeners")]
    [InlineData("num.partitons", "num.partitions")]
    [InlineData("auto.create.topic.enable", "auto.create.topics.enable")]
    [InlineData("moldau.jornal.dir", "moldau.journal.dir")]
    public void A_mistyped_name_finds_the_one_that_was_meant(string mistyped, string meant) =>
        Assert.Equal(meant, ConfigKeys.Nearest(mistyped, ConfigKeys.ForFile()));

    [Fact]
    public void A_name_that_is_like_no_other_finds_nothing() => Assert.Null(ConfigKeys.Nearest("zzz.qqq.xxx.www", ConfigKeys.ForFile()));

    private static string InTheFormOfTheTable(ConfigKey key) => string.Join('\t',
        key.Scope switch
        {
            ConfigScope.Topic => "topic",
            ConfigScope.Broker => "broker",
            ConfigScope.BrokerDynamic => "broker-dynamic",
            ConfigScope.Group => "group",
            ConfigScope.ClientMetrics => "client-metrics",
            ConfigScope.QuotaUserClient => "quota-user-client",
            _ => "quota-ip",
        },
        key.Name,
        key.Type.ToString().ToUpperInvariant(),
        (key.Requirement, key.KafkaDefault) switch
        {
            (ConfigRequirement.Required, _) => "<required>",
            (_, null) => "null",
            (_, "") => "<empty>",
            (_, var text) => text,
        },
        key.Rule.Describe(),
        key.Importance.ToString().ToUpperInvariant(),
        key.UpdateMode switch
        {
            ConfigUpdateMode.ReadOnly => "read-only",
            ConfigUpdateMode.PerBroker => "per-broker",
            ConfigUpdateMode.ClusterWide => "cluster-wide",
            _ => "-",
        },
        key.Synonyms.Count == 0 ? "-" : string.Join(',', key.Synonyms.Select(synonym => synonym.Name + Unit(synonym.Factor))),
        key.IsInternal ? "true" : "false");

    private static string Unit(long factor) => factor switch { 60_000 => "(minutes)", 3_600_000 => "(hours)", _ => "" };
}
