using Moldau.Cli.Commands;
using Moldau.Cli.Terminal;
using Moldau.Cli.Tests.Clients;

namespace Moldau.Cli.Tests.Commands;

public class CommandLineTests
{
    [Theory]
    [InlineData("--mean takes a whole number, from 1 to 100; not '0'", "consume", "t", "--mean", "0")]
    [InlineData("--mean takes a whole number, from 1 to 100; not 'x'", "consume", "t", "--mean", "x")]
    [InlineData("--mean takes a whole number, from 1 to 100; not '99999999999'", "consume", "t", "--mean", "99999999999")]
    [InlineData("--words and --mean are two analyses", "consume", "t", "--mean", "3", "--words")]
    [InlineData("--alert is a limit", "consume", "t", "--alert", "3")]
    [InlineData("--alert takes a whole number, 0 or more; not '-1'", "consume", "t", "--words", "--alert", "-1")]
    [InlineData("--max takes a whole number, 1 or more; not '0'", "consume", "t", "--max", "0")]
    [InlineData("--max takes a whole number, 1 or more; not 'x'", "consume", "t", "--max", "x")]
    [InlineData("'--max'", "consume", "t", "--max", "1", "--max", "2")]
    [InlineData("'abc'", "consume", "t", "--words=abc")]
    [InlineData("'a b' is no name for a topic", "consume", "a b")]
    [InlineData("--memory keeps nothing", "up", "--memory", "--data", "somewhere")]
    [InlineData("--data takes DIR, which must not be empty", "up", "--data", "")]
    [InlineData("--group takes NAME, which must not be empty", "consume", "t", "--group", "")]
    [InlineData("--brokers takes HOST:PORT, which must not be empty", "topic", "list", "--brokers", "")]
    [InlineData("--port takes a whole number, from 0 to 65535; not '70000'", "up", "--port", "70000")]
    [InlineData("--sasl-port takes a whole number, from 0 to 65535; not 'abc'", "up", "--sasl-port", "abc")]
    [InlineData("--output takes text or json; not 'xml'", "produce", "t", "-o", "xml")]
    [InlineData("`moldau topic create --help`", "topic", "create")]
    [InlineData("'' is no name for a topic", "topic", "describe", "")]
    [InlineData("--partitions takes a whole number, from 1 to 100000; not '0'", "topic", "create", "t", "--partitions", "0")]
    [InlineData("--config takes KEY=VALUE", "topic", "create", "t", "--config", "retention.ms")]
    [InlineData("--config gives a twice", "topic", "create", "t", "--config", "a=1", "--config", "a=2")]
    [InlineData("The name of a user must not be empty", "user", "add", "")]
    [InlineData("The name of a group must not be empty", "group", "why", "")]
    [InlineData("A transactional id must not be empty", "transaction", "describe", "")]
    [InlineData("One of these says what to abort: TRANSACTIONAL-ID", "transaction", "abort")]
    [InlineData("One of these says what to abort: TRANSACTIONAL-ID", "transaction", "abort", "till", "--topic", "t", "--partition", "0", "--start-offset", "0")]
    [InlineData("--topic, --partition and --start-offset together", "transaction", "abort", "--topic", "t", "--partition", "0")]
    [InlineData("--longer-than takes an ISO 8601 duration, as PT30M, PT6H or P7D; not '5m'", "transaction", "list", "--longer-than", "5m")]
    [InlineData("--state takes one of Empty, Ongoing,", "transaction", "list", "--state", "Open")]
    [InlineData("--topic takes TOPIC[:PARTITIONS]", "transaction", "find-hanging", "--topic", "t:x")]
    [InlineData("'a b' is no name for a topic", "transaction", "abort", "--topic", "a b", "--partition", "0", "--start-offset", "0")]
    [InlineData("DIR must not be empty", "handover", "")]
    [InlineData("'@t' is no name for a topic", "topic", "create", "@t")]
    [InlineData("--password and --password-stdin are two passwords", "topic", "list", "--username", "eva", "--password", "a", "--password-stdin")]
    [InlineData("'fly'", "fly")]
    [InlineData("Is `moldau group list` meant?", "group", "lst")]
    [InlineData("Is `moldau produce` meant?", "produse")]
    [InlineData("Is `moldau group reset --execute` meant?", "group", "reset", "g", "--topic", "t", "--to-latest", "--excute")]
    [InlineData("A name that begins with a dash stands after the options and --: `moldau group why -- -name`.", "group", "why", "-o")]
    [InlineData("A name that begins with a dash stands after the options and --", "group", "why", "--", "-o", "-o", "json")]
    [InlineData("A name that begins with a dash stands after the options and --", "group", "why", "-orders")]
    [InlineData("--longer-than takes a duration of at most 100000 days; not 'P999999999D'", "transaction", "list", "--longer-than", "P999999999D")]
    [InlineData("--create and --create-share make two kinds of groups", "group", "reset", "g", "--topic", "t", "--to-latest", "--create", "--create-share")]
    public async Task A_wrong_command_line_does_nothing_and_answers_2(string told, params string[] arguments)
    {
        var ran = await CommandRun.OfAsync("", arguments);
        Assert.Equal((2, ""), (ran.ExitCode, ran.Data));
        Assert.Contains(told, ran.Notes, StringComparison.Ordinal);
        Assert.Contains("Nothing was done", ran.Notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("group", "describe", "-o", "json")]
    [InlineData("group", "describe", "-o=json")]
    [InlineData("group", "describe", "--output:json")]
    [InlineData("group", "reset", "--topic", "t", "--shift-by", "-1", "--execute")]
    [InlineData("user", "add", "--password", "-secret")]
    public async Task Where_no_name_can_have_been_taken_for_an_option_none_is_told_of(params string[] arguments)
    {
        var ran = await CommandRun.OfAsync("", arguments);
        Assert.Equal(2, ran.ExitCode);
        Assert.DoesNotContain("begins with a dash", ran.Notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("The name of a group has at most 32,767 bytes; this one has 32768", "group", "delete")]
    [InlineData("A transactional id has at most 32,767 bytes; this one has 32768", "transaction", "abort")]
    [InlineData("The name of a user has at most 32,767 bytes; this one has 32768", "user", "remove")]
    [InlineData("--group takes NAME of at most 32,767 bytes", "consume", "t", "--group")]
    public async Task A_name_that_no_request_could_carry_is_refused_before_a_broker_is_asked(string told, params string[] arguments)
    {
        // A letter of two bytes.
        var ran = await CommandRun.OfAsync("", [.. arguments, new string('ä', 16_384)]);
        Assert.Equal((2, ""), (ran.ExitCode, ran.Data));
        Assert.Contains(told, ran.Notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("No topic is given", "produce")]
    [InlineData("The CA certificate /no/such/ca.pem does not exist", "topic", "list", "--ca", "/no/such/ca.pem", "--username", "eva")]
    [InlineData("--ca would count for nothing", "topic", "list", "--ca", "/no/such/ca.pem")]
    [InlineData("There is no password for the user eva", "topic", "list", "--username", "eva")]
    [InlineData("There is a password but no user name", "topic", "list", "--password", "secret")]
    [InlineData("--password-stdin found no password", "topic", "list", "--username", "eva", "--password-stdin")]
    [InlineData("--new-password-stdin found no password", "user", "add", "eva", "--new-password-stdin")]
    [InlineData("'localhost:abc' is no address", "topic", "list", "--brokers", "localhost:abc")]
    public async Task What_is_missing_is_named_and_answers_2(string told, params string[] arguments)
    {
        var ran = await CommandRun.OfAsync("", arguments);
        Assert.Equal((2, ""), (ran.ExitCode, ran.Data));
        Assert.Contains(told, ran.Notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bogus")]
    [InlineData("topic", "bogus")]
    public async Task A_command_that_does_not_exist_is_named_first(params string[] arguments)
    {
        var ran = await CommandRun.OfAsync("", arguments);
        Assert.Matches("^moldau: [^\n]*'bogus'", ran.Notes);
        Assert.DoesNotContain("Required command", ran.Notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("There is no user @eva", "user", "remove", "@eva")]
    [InlineData("There is no group @g", "group", "describe", "@g")]
    public async Task A_name_may_begin_with_any_character(string told, params string[] arguments)
    {
        await using var broker = await TestBroker.StartAsync();
        var ran = await CommandRun.OfAsync("", [.. arguments, "--brokers", broker.Address]);
        Assert.Equal(1, ran.ExitCode);
        Assert.Contains(told, ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_nobody_has_foreseen_is_told_in_words()
    {
        await using var notes = new StringWriter();
        using var screen = Screen.Piped(new MemoryStream(), notes);
        var around = new Surroundings(screen, new Input(new MemoryStream()), CancellationToken.None);
        int exitCode = await CommandLine.RunAsync(() => throw new InvalidOperationException("a part is missing"), [], around);
        Assert.Equal(1, exitCode);
        Assert.Contains("(InvalidOperationException): a part is missing", notes.ToString(), StringComparison.Ordinal);
        Assert.Contains("MOLDAU_TRACE=1", notes.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", notes.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_is_not_there_is_named_with_the_remedy()
    {
        // Nothing listens on port 1 of this machine.
        var ran = await CommandRun.OfAsync("", "topic", "list", "--brokers", "127.0.0.1:1");
        Assert.Equal((1, ""), (ran.ExitCode, ran.Data));
        Assert.Contains("No broker answers at 127.0.0.1:1", ran.Notes, StringComparison.Ordinal);
        Assert.Contains("moldau up", ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_certificate_is_named_before_anything_is_tried()
    {
        var ran = await CommandRun.OfAsync("secret\n", "produce", "t", "--username", "u", "--password-stdin", "--ca", "/nowhere/ca.pem");
        Assert.Equal(2, ran.ExitCode);
        Assert.Contains("/nowhere/ca.pem", ran.Notes, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", ran.Notes + ran.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_produced_is_consumed_and_counted()
    {
        await using var broker = await TestBroker.WithTopicAsync("lines");
        string[] on = ["lines", "--brokers", broker.Address];
        var produced = await CommandRun.OfAsync("one two\n\nand now seven words in this line\n", ["produce", .. on]);
        Assert.Equal((0, ""), (produced.ExitCode, produced.Data));
        Assert.Contains("Delivered 3 messages to lines.", produced.Notes, StringComparison.Ordinal);

        var consumed = await CommandRun.OfAsync("", ["consume", .. on, "--words", "--alert", "6", "--from-beginning", "--max", "3"]);
        Assert.Equal(
            (0, "one two\t2 words\n\t0 words\nand now seven words in this line\t7 words\tALERT: more than 6 words\n"),
            (consumed.ExitCode, consumed.Data));
    }

    [Fact]
    public async Task What_is_no_number_is_reported_beside_the_data()
    {
        await using var broker = await TestBroker.WithTopicAsync("numbers");
        string[] on = ["numbers", "--brokers", broker.Address];
        await CommandRun.OfAsync("1\n2\noops\n3\n", ["produce", .. on]);
        var consumed = await CommandRun.OfAsync("", ["consume", .. on, "--mean", "3", "--from-beginning", "--max", "4"]);
        Assert.Equal((0, "1\n2\n2\tmean of 1, 2, 3\n"), (consumed.ExitCode, consumed.Data));
        Assert.Contains("numbers, partition 0, offset 2: no finite number, left out: oops", consumed.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_topic_that_does_not_exist_is_named_with_the_remedy()
    {
        await using var broker = await TestBroker.StartAsync();
        var ran = await CommandRun.OfAsync("", "consume", "nowhere", "--brokers", broker.Address);
        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("moldau topic create nowhere", ran.Notes, StringComparison.Ordinal);
    }
}
