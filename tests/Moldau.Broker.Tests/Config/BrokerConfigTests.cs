using System.Text.Json;
using Moldau.Broker.Config;
using Xunit;

namespace Moldau.Broker.Tests.Config;

public sealed class BrokerConfigTests
{
    [Fact]
    public void Without_settings_everything_is_in_memory_behind_one_listener_on_loopback()
    {
        var config = BrokerConfig.Load(new KafkaBrokerOptions());
        var listener = Assert.Single(config.Listeners);
        Assert.Equal("PLAINTEXT 127.0.0.1 0", Text(listener));
        Assert.Equal(SecurityProtocol.Plaintext, listener.Protocol);
        Assert.True(listener.IsLoopback);
        Assert.Null(config.Storage.LogDirectory);
        Assert.Empty(config.Notices);
    }

    [Fact]
    public void A_data_directory_holds_log_journal_and_certificates()
    {
        var storage = BrokerConfig.Load(new KafkaBrokerOptions { DataDirectory = "/data" }).Storage;
        Assert.Equal(("/data/log", "/data/journal", "/data/tls"), (storage.LogDirectory, storage.JournalDirectory, storage.TlsDirectory));
    }

    [Fact]
    public void The_journal_stands_beside_a_log_directory_that_only_the_file_names()
    {
        var storage = Load(("log.dirs", "/x/kafka-log")).Storage;
        Assert.Equal(("/x/kafka-log", "/x/kafka-log.journal", "/x/kafka-log.tls"), (storage.LogDirectory, storage.JournalDirectory, storage.TlsDirectory));
    }

    [Fact]
    public void A_relative_directory_is_one_below_the_working_directory()
    {
        var storage = Load(("log.dirs", "kdata")).Storage;
        Assert.Equal((Path.GetFullPath("kdata"), Path.GetFullPath("kdata.journal")), (storage.LogDirectory, storage.JournalDirectory));
        Assert.Equal(Path.GetFullPath("data/log"), BrokerConfig.Load(new KafkaBrokerOptions { DataDirectory = "data" }).Storage.LogDirectory);
    }

    [Fact]
    public void Log_directories_beside_each_other_have_journals_of_their_own() => Assert.NotEqual(
        Load(("log.dirs", "/x/one")).Storage.JournalDirectory, Load(("log.dirs", "/x/other")).Storage.JournalDirectory);

    [Theory]
    [InlineData("socket.request.max.bytes", "536870909")]
    [InlineData("moldau.request.memory.max.bytes", "104857603")]
    public void The_memory_for_requests_must_hold_the_largest(string key, string value)
    {
        var refusal = Assert.Throws<ConfigException>(() => Load((key, value)));
        Assert.Contains("moldau.request.memory.max.bytes", refusal.Message, StringComparison.Ordinal);
        Load((key, value), ("moldau.request.memory.max.bytes", "2000000000"));
    }

    [Theory]
    [InlineData("group.streams.heartbeat.interval.ms", "60000", "must be 15000 or less, which group.streams.max.heartbeat.interval.ms says, but is '60000'")]
    [InlineData("group.consumer.session.timeout.ms", "1000", "must be 45000 or more, which group.consumer.min.session.timeout.ms says, but is '1000'")]
    [InlineData("group.share.assignment.interval.ms", "15001", "must be 15000 or less, which group.share.max.assignment.interval.ms says, but is '15001'")]
    [InlineData("group.share.record.lock.duration.ms", "14999", "must be 15000 or more, which group.share.min.record.lock.duration.ms says, but is '14999'")]
    [InlineData("group.streams.num.standby.replicas", "3", "must be 2 or less, which group.streams.max.standby.replicas says, but is '3'")]
    [InlineData("group.streams.task.offset.interval.ms", "1", "must be 15000 or more, which group.streams.min.task.offset.interval.ms says, but is '1'")]
    public void What_all_groups_go_by_keeps_within_the_bounds_for_single_ones(string key, string value, string words) =>
        Refused($"{key} {words}", (key, value));

    [Fact]
    public void The_bounds_of_a_setting_of_groups_leave_room_for_it() => Refused(
        "group.consumer.max.session.timeout.ms must be 70000 or more, which group.consumer.min.session.timeout.ms is, but is '60000'",
        ("group.consumer.min.session.timeout.ms", "70000"));

    [Theory]
    [InlineData("consumer")]
    [InlineData("share")]
    [InlineData("streams")]
    public void A_members_session_lasts_longer_than_from_one_heartbeat_to_the_next(string kind)
    {
        (string, string)[] With(string heartbeatMs) =>
            [($"group.{kind}.heartbeat.interval.ms", heartbeatMs), ($"group.{kind}.max.heartbeat.interval.ms", "60000")];
        Refused($"group.{kind}.session.timeout.ms must be above group.{kind}.heartbeat.interval.ms, which is 45000, but is '45000'", With("45000"));
        Load(With("44999"));
    }

    [Fact]
    public void Assignors_may_be_named_by_the_classes_that_they_are_in_Kafka()
    {
        const string classes = "org.apache.kafka.coordinator.group.assignor.";
        Assert.Equal(["range", "uniform"], Load(("group.consumer.assignors", $"{classes}RangeAssignor,{classes}UniformAssignor")).Groups.Consumer.Assignors);
    }

    [Fact]
    public void An_assignor_of_tasks_may_be_named_by_its_class_in_Kafka() =>
        Load(("group.streams.assignors", "org.apache.kafka.coordinator.group.streams.assignor.StickyTaskAssignor"));

    [Fact]
    public void There_is_a_share_session_for_each_member_that_a_group_may_have()
    {
        Refused("group.share.max.share.sessions must be 200 or more, which group.share.max.size is, but is '199'", ("group.share.max.share.sessions", "199"));
        Load(("group.share.max.share.sessions", "199"), ("group.share.max.size", "199"));
    }

    [Theory]
    [InlineData("zone,")]
    [InlineData("zone,,cluster")]
    [InlineData("zone,zone")]
    public void A_list_names_nothing_twice_and_has_no_gaps(string tags) => Refused(
        "group.streams.rack.aware.assignment.tags must be a list that names nothing twice and has no empty elements", ("group.streams.rack.aware.assignment.tags", tags));

    [Fact]
    public void Memory_wins_over_a_log_directory() => Assert.Null(Load(("log.dirs", "/x"), ("moldau.memory", "true")).Storage.LogDirectory);

    [Fact]
    public void A_port_takes_the_place_of_the_one_that_the_file_names()
    {
        using var file = new SettingsFile("listeners=PLAINTEXT://localhost:9092,SASL_SSL://0.0.0.0:9094");
        var config = BrokerConfig.Load(new KafkaBrokerOptions { ConfigFile = file.Path, Port = 7 });
        Assert.Equal(["PLAINTEXT localhost 7", "SASL_SSL 0.0.0.0 9094"], config.Listeners.Select(Text));
    }

    [Fact]
    public void A_port_is_that_of_the_listener_with_its_protocol_whatever_its_name()
    {
        using var file = new SettingsFile(
            "listeners=HERE://127.0.0.1:1,CONTROLLER://127.0.0.1:2,THERE://0.0.0.0:3\ncontroller.listener.names=CONTROLLER\n"
            + "listener.security.protocol.map=HERE:PLAINTEXT,CONTROLLER:PLAINTEXT,THERE:SASL_SSL");
        var config = BrokerConfig.Load(new KafkaBrokerOptions { ConfigFile = file.Path, Port = 7, SaslPort = 8 });
        Assert.Equal(["HERE 127.0.0.1 7", "THERE 0.0.0.0 8"], config.Listeners.Select(Text));
    }

    [Theory]
    [InlineData("PLAINTEXT://localhost:9092", 7, 7)]
    [InlineData("PLAINTEXT://localhost:9092", 0, null)]
    [InlineData("PLAINTEXT://localhost:1234", 7, 1234)]
    public void A_port_is_told_to_clients_where_the_one_that_it_replaces_was(string advertised, int port, int? told)
    {
        using var file = new SettingsFile($"listeners=PLAINTEXT://localhost:9092\nadvertised.listeners={advertised}");
        var config = BrokerConfig.Load(new KafkaBrokerOptions { ConfigFile = file.Path, Port = port });
        Assert.Equal(told, config.Listeners[0].Advertised?.Port);
    }

    [Fact]
    public void A_port_for_two_listeners_is_refused_with_their_names()
    {
        using var file = new SettingsFile(
            "listeners=A://127.0.0.1:1,B://127.0.0.1:2\nlistener.security.protocol.map=A:PLAINTEXT,B:PLAINTEXT");
        var refusal = Assert.Throws<ConfigException>(() => BrokerConfig.Load(new KafkaBrokerOptions { ConfigFile = file.Path, Port = 7 }));
        Assert.Contains("A://127.0.0.1:1, B://127.0.0.1:2", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/x/a", null, "/x/a")]
    [InlineData("/x/log", null, "/x/log")]
    [InlineData("/x/log", "/x/journal", "/x")]
    public void The_data_directory_is_what_handover_takes(string log, string? journal, string data)
    {
        (string, string)[] settings = journal is null ? [("log.dirs", log)] : [("log.dirs", log), ("moldau.journal.dir", journal)];
        Assert.Equal(data, Load(settings).Storage.DataDirectory);
    }

    [Fact]
    public void A_programs_preferences_count_where_nothing_else_is_said()
    {
        var preferences = new BrokerPreferences { DataDirectory = "/home", Port = 9092, SaslPort = 9094 };
        var config = BrokerConfig.Load(new KafkaBrokerOptions { Preferences = preferences, SaslPort = 5 });
        Assert.Equal("/home/log", config.Storage.LogDirectory);
        Assert.Equal([9092, 5], config.Listeners.Select(listener => listener.Port));

        using var file = new SettingsFile("listeners=PLAINTEXT://localhost:1\nlog.dirs=/file/log");
        config = BrokerConfig.Load(new KafkaBrokerOptions { Preferences = preferences, ConfigFile = file.Path });
        Assert.Equal("/file/log", config.Storage.LogDirectory);
        Assert.Equal([1], config.Listeners.Select(listener => listener.Port));
    }

    [Fact]
    public void A_second_log_directory_is_refused() => Refused("log.dirs must be one directory", ("log.dirs", "/a,/b"));

    [Fact]
    public void The_recorded_brokers_settings_start()
    {
        var config = BrokerConfig.Load(new KafkaBrokerOptions { ConfigFile = Recorded("main") });
        Assert.Equal(["PLAINTEXT", "SASL_PLAINTEXT"], config.Listeners.Select(listener => listener.Name));
        var sasl = config.Listeners[1];
        Assert.Equal(["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"], sasl.SaslMechanisms);
        Assert.Equal(new Dictionary<string, string> { ["alice"] = "alice-secret", ["bob"] = "bob-secret" }, sasl.PlainUsers);
        Assert.Equal(1, config.Layers.Int("offsets.topic.num.partitions"));
        Assert.Equal(Path.GetFullPath("data/log"), config.Storage.LogDirectory);
        Assert.Contains(config.Notices, notice => notice.Level == ConfigNoticeLevel.Warning && Says(notice, "authorizer.class.name"));
        Assert.Contains(config.Notices, notice => Says(notice, "The listener CONTROLLER is not opened"));
        Assert.Contains(config.Notices, notice => Says(notice, "delegation.token.secret.key"));
        Assert.DoesNotContain(config.Notices, notice => Says(notice, "secret-key") || Says(notice, "alice"));
    }

    [Fact]
    public void Settings_that_promise_access_control_are_refused()
    {
        var error = Assert.Throws<ConfigException>(() => BrokerConfig.Load(new KafkaBrokerOptions { ConfigFile = Recorded("strict") }));
        Assert.Contains("allow.everyone.if.no.acl.found", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_authorizer_alone_promises_it_too() =>
        Refused("allow.everyone.if.no.acl.found=true", ("authorizer.class.name", "x.Authorizer"));

    [Theory]
    [InlineData("ssl.client.auth", "required")]
    [InlineData("ssl.cipher.suites", "TLS_AES_256_GCM_SHA384")]
    [InlineData("create.topic.policy.class.name", "x.Policy")]
    public void A_protection_that_does_not_exist_is_refused(string key, string value) => Refused($"{key} is not taken", (key, value));

    [Fact]
    public void Such_a_key_at_its_default_is_taken() => Assert.NotNull(Load(("ssl.client.auth", "none")));

    [Theory]
    [InlineData("PLAINTEXT://0.0.0.0:9092")]
    [InlineData("PLAINTEXT://:9092")]
    [InlineData("SASL_PLAINTEXT://192.168.1.4:9092")]
    [InlineData("SSL://[::]:9092")]
    [InlineData("PLAINTEXT://example.org:9092")]
    public void A_door_beyond_this_machine_is_not_opened_without_TLS_and_SASL(string listeners) =>
        Refused("Make it SASL_SSL", ("listeners", listeners));

    [Theory]
    [InlineData("PLAINTEXT://127.0.0.1:9092,SASL_SSL://0.0.0.0:9094")]
    [InlineData("PLAINTEXT://localhost:9092")]
    [InlineData("SASL_PLAINTEXT://[::1]:9092")]
    [InlineData("SASL_SSL://:9094")]
    public void Loopback_needs_no_credentials_and_SASL_SSL_may_be_open(string listeners) =>
        Assert.NotEmpty(Load(("listeners", listeners)).Listeners);

    [Fact]
    public void A_flag_wins_over_the_file_and_a_dynamic_value_over_both()
    {
        using var file = new SettingsFile("num.partitions=2\nmessage.max.bytes=2000\nfetch.max.bytes=4096");
        var options = new KafkaBrokerOptions { ConfigFile = file.Path };
        options.Properties["message.max.bytes"] = "3000";
        var config = BrokerConfig.Load(options);
        Assert.Equal((2, 4096), (config.NewTopics.Partitions, config.FetchBytesMax));
        Assert.Equal(3000, config.TopicConfig(ConfigLayers.Nothing).MaxMessageBytes);

        config = config.WithDynamic(ConfigLayers.Nothing, new Dictionary<string, string> { ["message.max.bytes"] = "4000" });
        Assert.Equal(4000, config.TopicConfig(ConfigLayers.Nothing).MaxMessageBytes);
        Assert.Equal(5000, config.TopicConfig(new Dictionary<string, string> { ["max.message.bytes"] = "5000" }).MaxMessageBytes);
    }

    [Fact]
    public void All_that_is_wrong_is_told_at_once()
    {
        var error = Assert.Throws<ConfigException>(() => Load(("num.partitons", "1"), ("num.partitions", "0")));
        Assert.Equal(
            ["num.partitions must be 1 or more, but is '0'.", "num.partitons is no key of the configuration. Is num.partitions meant?"],
            error.Message.Split(Environment.NewLine).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_listener_has_its_own_mechanisms_where_it_sets_them()
    {
        var config = Load(
            ("listeners", "SASL_SSL://127.0.0.1:0,EXTRA://127.0.0.1:0"),
            ("listener.security.protocol.map", "SASL_SSL:SASL_SSL,EXTRA:SASL_PLAINTEXT"),
            ("listener.name.extra.sasl.enabled.mechanisms", "PLAIN"),
            ("listener.name.extra.plain.sasl.jaas.config", "PlainLoginModule required user_x=\"y\";"));
        Assert.Equal(["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"], config.Listeners[0].SaslMechanisms);
        Assert.Equal(["PLAIN"], config.Listeners[1].SaslMechanisms);
        Assert.Empty(config.Listeners[0].PlainUsers);
        Assert.Equal("y", config.Listeners[1].PlainUsers["x"]);
    }

    [Fact]
    public void A_login_lasts_as_its_mechanism_says_else_as_its_listener_else_as_the_broker()
    {
        var config = Load(
            ("listeners", "SASL_SSL://127.0.0.1:0,EXTRA://127.0.0.1:0"),
            ("listener.security.protocol.map", "SASL_SSL:SASL_SSL,EXTRA:SASL_PLAINTEXT"),
            ("connections.max.reauth.ms", "1000"),
            ("listener.name.sasl_ssl.connections.max.reauth.ms", "2000"),
            ("listener.name.sasl_ssl.scram-sha-256.connections.max.reauth.ms", "3000"));
        Assert.Equal([("SCRAM-SHA-256", 3000L), ("SCRAM-SHA-512", 2000), ("PLAIN", 2000)], config.Listeners[0].SessionMsMax.Select(entry => (entry.Key, entry.Value)));
        Assert.All(config.Listeners[1].SessionMsMax.Values, value => Assert.Equal(1000, value));
        Assert.Empty(config.Notices);
    }

    [Fact]
    public void A_negative_lifetime_of_logins_is_none() =>
        Assert.All(Load(("listeners", "SASL_SSL://127.0.0.1:0"), ("connections.max.reauth.ms", "-1")).Listeners[0].SessionMsMax.Values, value => Assert.Equal(0, value));

    [Theory]
    [InlineData("listener.name.other.connections.max.reauth.ms", "1000", "No listener of this name is opened")]
    [InlineData("listener.name.SASL_SSL.connections.max.reauth.ms", "1000", "in lower case")]
    [InlineData("listener.name.sasl_ssl.PLAIN.connections.max.reauth.ms", "1000", "This listener has no use for it")]
    [InlineData("listener.name.plaintext.plain.sasl.jaas.config", "PlainLoginModule required;", "This listener has no use for it")]
    [InlineData("listener.name.plaintext.sasl.enabled.mechanisms", "PLAIN", "This listener has no use for it")]
    [InlineData("listener.name.sasl_ssl.sasl.jaas.config", "PlainLoginModule required;", "This listener has no use for it")]
    [InlineData("listener.name.plaintext.num.partitions", "3", "Only the whole broker has this setting")]
    [InlineData("listener.name.plaintext.ssl.enabled.protocols", "TLSv1.3", "This listener has no use for it")]
    [InlineData("listener.name.plaintext.ssl.keystore.location", "/x", "a key store is not read yet")]
    [InlineData("sasl.jaas.config", "PlainLoginModule required;", "It counts as listener.name.NAME.MECHANISM.sasl.jaas.config only")]
    public void A_setting_of_a_listener_that_nothing_reads_is_named_with_the_reason(string key, string value, string reason)
    {
        var notice = Assert.Single(Load(("listeners", "PLAINTEXT://127.0.0.1:0,SASL_SSL://127.0.0.1:0"), (key, value)).Notices);
        Assert.StartsWith($"Without effect: {key}.", notice.Text, StringComparison.Ordinal);
        Assert.Contains(reason, notice.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("max.connections")]
    [InlineData("sasl.server.max.receive.size")]
    public void A_limit_for_one_listener_that_nothing_would_keep_is_refused(string key) => Refused(
        $"listener.name.plaintext.{key} promises a limit for one listener", ("listeners", "PLAINTEXT://127.0.0.1:0"), ($"listener.name.plaintext.{key}", "5"));

    [Fact]
    public void An_advertised_address_belongs_to_its_listener()
    {
        var config = Load(
            ("listeners", "A://localhost:1,B://localhost:2"),
            ("listener.security.protocol.map", "A:PLAINTEXT,B:PLAINTEXT"),
            ("advertised.listeners", "B://[2001:db8::1]:9"));
        Assert.Null(config.Listeners[0].Advertised);
        Assert.Equal(new AdvertisedEndpoint("2001:db8::1", 9), config.Listeners[1].Advertised);
    }

    [Fact]
    public void A_controllers_listener_may_be_advertised_without_being_opened()
    {
        var config = Load(
            ("listeners", "PLAINTEXT://localhost:1,CONTROLLER://localhost:2"),
            ("controller.listener.names", "CONTROLLER"),
            ("advertised.listeners", "PLAINTEXT://localhost:1,CONTROLLER://localhost:2"));
        Assert.Equal("PLAINTEXT", Assert.Single(config.Listeners).Name);
    }

    [Theory]
    [InlineData("listeners", "PLAINTEXT:9092", "NAME://HOST:PORT")]
    [InlineData("listeners", "PLAINTEXT://localhost:99999", "NAME://HOST:PORT")]
    [InlineData("listeners", "MINE://localhost:1", "listener.security.protocol.map does not hold")]
    [InlineData("listeners", "PLAINTEXT://localhost:1,PLAINTEXT://localhost:2", "names PLAINTEXT twice")]
    [InlineData("advertised.listeners", "OTHER://localhost:1", "not among the listeners")]
    [InlineData("listener.security.protocol.map", "PLAINTEXT:OPEN", "SASL_SSL")]
    [InlineData("max.connections.per.ip.overrides", "10.0.0.1", "ADDRESS:COUNT")]
    public void A_listener_that_cannot_be_read_says_how_it_must_be(string key, string value, string words) => Refused(words, (key, value));

    [Fact]
    public void A_mechanism_that_is_not_offered_is_named() =>
        Refused(
            "Offered are SCRAM-SHA-256, SCRAM-SHA-512, PLAIN",
            ("listeners", "SASL_SSL://localhost:0"), ("sasl.enabled.mechanisms", "GSSAPI"));

    [Fact]
    public void The_wrong_login_module_is_named() =>
        Refused(
            "PLAIN needs PlainLoginModule",
            ("listeners", "SASL_SSL://localhost:0"), ("listener.name.sasl_ssl.plain.sasl.jaas.config", "ScramLoginModule required;"));

    [Fact]
    public void Broker_id_is_the_former_name_of_node_id()
    {
        Assert.Equal(7, Load(("broker.id", "7")).NodeId);
        Assert.Equal(8, Load(("broker.id", "7"), ("node.id", "8")).NodeId);
    }

    [Fact]
    public void A_known_key_without_effect_is_named_with_the_reason() =>
        Assert.Equal(
            "Without effect: num.io.threads, num.network.threads. Moldau has no pools of request threads: a request runs where it was read.",
            Assert.Single(Load(("num.network.threads", "3"), ("num.io.threads", "8")).Notices).Text);

    [Fact]
    public void A_key_that_is_said_to_have_no_effect_has_none()
    {
        string without = View(Load());
        foreach (var key in ConfigKeys.ForFile().Where(key => key.Standing == ConfigStanding.Accepted))
        {
            if (OtherValue(key) is { } value) Assert.True(without == View(Load((key.Name, value))), key.Name);
        }
    }

    private static string? OtherValue(ConfigKey key)
    {
        string[] candidates = ["true", "false", "1", "2", "5", "4000", "600000", "9000000", "0.3", "x"];
        return Array.Find(candidates, text => text != key.Default && ConfigValue.TryParse(key, text, out _, out _));
    }

    private static string View(BrokerConfig config) =>
        JsonSerializer.Serialize(config with { Layers = ConfigLayers.BuiltIn, Notices = [] })
        + JsonSerializer.Serialize(config.TopicConfig(ConfigLayers.Nothing));

    private static string Text(ListenerConfig listener) => $"{listener.Name} {listener.Host} {listener.Port}";

    private static bool Says(ConfigNotice notice, string words) => notice.Text.Contains(words, StringComparison.Ordinal);

    private static void Refused(string words, params (string, string)[] settings) =>
        Assert.Contains(words, Assert.Throws<ConfigException>(() => Load(settings)).Message, StringComparison.Ordinal);

    private static string Recorded(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "dialogues", name + ".properties");

    private static BrokerConfig Load(params (string Key, string Value)[] settings)
    {
        var options = new KafkaBrokerOptions();
        foreach (var (key, value) in settings) options.Properties[key] = value;
        return BrokerConfig.Load(options);
    }

    private sealed class SettingsFile : IDisposable
    {
        public SettingsFile(string text) => File.WriteAllText(Path, text);

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
