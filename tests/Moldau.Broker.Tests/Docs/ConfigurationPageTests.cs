using System.Text;
using Moldau.Broker.Config;

namespace Moldau.Broker.Tests.Docs;

public sealed class ConfigurationPageTests
{
    private const string Introduction = """
        # Configuration

        *This page is derived from the code: `MOLDAU_UPDATE_DOCS=1 dotnet run --project tests/Moldau.Broker.Tests` writes it anew.*

        Moldau knows every configuration key of Apache Kafka 4.4, with Kafka's names, types and bounds, and a few of its own that begin with
        `moldau.`. Keys come from a file in the format of `server.properties` (`moldau up --config FILE`, `KafkaBrokerOptions.ConfigFile`), from
        flags (`KafkaBrokerOptions.Properties`), and topics have settings of their own. What is set nearer wins:

        topic, then this broker while it runs, then all brokers while they run, then flag, then file, then built-in default.

        - A name that is not known stops the start, with the known name that it resembles, if there is one. So does a value that does not fit, with what is allowed.
        - A known key that has no effect here is named at the start, with the reason.
        - A key that promises a protection which does not exist stops the start.
        - A single listener may have its own `ssl.enabled.protocols`, `sasl.enabled.mechanisms` and `connections.max.reauth.ms`, as `listener.name.NAME.KEY`; a mechanism of it `sasl.jaas.config` and
          `connections.max.reauth.ms`, as `listener.name.NAME.MECHANISM.KEY`. Both names are in lower case. A limit that only the whole broker has stops the start there; any other key is named as without effect.
        - A listener that other machines can reach must be `SASL_SSL`. A listener on loopback may be anything.
        - An embedded broker without a log directory keeps everything in memory; `moldau up` has a directory of its own. `--data DIR` keeps the log in `DIR/log`, the journal in `DIR/journal` and the
          generated certificates in `DIR/tls`. With `log.dirs` they are beside the log directory by its name: `LOGDIR.journal`, `LOGDIR.tls`. There is one log directory.
        - `--port` and `--sasl-port` set the port of the listener with that protocol, which keeps its name and host; where `listeners` names several of
          that protocol, they are refused. Where `advertised.listeners` tells the port that is replaced, clients are told the new one.
        - While the broker runs, clients can change the settings of topics, and those of the broker that Kafka calls cluster-wide. Topics follow
          at once. Limits of connections count from the next start on.
        - Passwords are never shown, neither in messages nor by DescribeConfigs.
        """;

    [Fact]
    public void The_page_of_the_configuration_is_what_the_table_of_keys_says()
    {
        var page = new StringBuilder(Introduction).Append("\n\n");
        page.Append("## Defaults that differ from Kafka's\n\n| key | Kafka | Moldau | why |\n|---|---|---|---|\n");
        foreach (var own in OneNodeDefaults.All)
        {
            var key = ConfigKeys.Find(ConfigScope.Broker, own.Key)!;
            page.Append($"| `{own.Key}` | {Code(key.KafkaDefault)} | {Code(own.Value)} | {own.Reason} |\n");
        }

        Honoured(page, "Broker settings that have an effect", ConfigScope.Broker, ConfigScope.Authorizer);
        Honoured(page, "Moldau's own settings", ConfigScope.Moldau);
        Honoured(page, "Topic settings that have an effect", ConfigScope.Topic);
        Honoured(page, "Settings of groups that have an effect", ConfigScope.Group);
        page.Append("\n## Settings that stop the start unless they have their default\n\n| key | default | why |\n|---|---|---|\n");
        foreach (var key in ConfigKeys.All.Where(key => key.Standing == ConfigStanding.Refused))
            page.Append($"| `{key.Name}` | {Code(key.Default)} | {key.Documentation} |\n");

        WithoutEffect(page, "Topic settings", ConfigScope.Topic);
        WithoutEffect(page, "Broker settings", ConfigScope.Broker, ConfigScope.Authorizer, ConfigScope.BrokerDynamic);
        WithoutEffect(page, "Settings of groups", ConfigScope.Group);
        WithoutEffect(page, "Settings of client metrics", ConfigScope.ClientMetrics);
        WithoutEffect(page, "Quotas", ConfigScope.QuotaUserClient, ConfigScope.QuotaIp);
        GeneratedPage.Check("docs/configuration.md", page.ToString());
    }

    private static void Honoured(StringBuilder page, string title, params ConfigScope[] scopes)
    {
        page.Append($"\n## {title}\n\n| key | type | default | valid | meaning |\n|---|---|---|---|---|\n");
        foreach (var key in Of(ConfigStanding.Honoured, scopes))
            page.Append($"| `{key.Name}` | {TypeName(key.Type)} | {Code(key.Default)} | {Valid(key)} | {key.Documentation} |\n");
    }

    private static void WithoutEffect(StringBuilder page, string title, params ConfigScope[] scopes)
    {
        var accepted = Of(ConfigStanding.Accepted, scopes).ToList();
        if (accepted.Count == 0) return;
        page.Append($"\n## {title} that are accepted without effect\n\n");
        foreach (var reason in accepted.GroupBy(key => key.Documentation, StringComparer.Ordinal))
            page.Append($"- {reason.Key} {string.Join(", ", reason.Select(key => $"`{key.Name}`"))}\n");
    }

    private static IEnumerable<ConfigKey> Of(ConfigStanding standing, ConfigScope[] scopes) =>
        ConfigKeys.All.Where(key => key.Standing == standing && !key.IsInternal && scopes.Contains(key.Scope));

    private static string TypeName(ConfigType type) => type.ToString().ToUpperInvariant();

    private static string Valid(ConfigKey key) => Valid(key.Rule);

    private static string Valid(ConfigRule rule) => rule switch
    {
        AnyValue => "",
        UntoldRule untold => Valid(untold.Rule),
        ChoiceList list => $"some of {string.Join(", ", list.Choices)}, nothing twice",
        DistinctList => "nothing twice",
        _ => rule.Describe(),
    };

    private static string Code(string? value) => value switch { null => "none", "" => "empty", _ => $"`{value}`" };
}
