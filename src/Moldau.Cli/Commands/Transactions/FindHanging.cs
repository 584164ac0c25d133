using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Confluent.Kafka;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands.Transactions;

/// <summary>moldau transaction find-hanging.</summary>
internal sealed class FindHanging(Surroundings around)
{
    private readonly Screen _screen = around.Screen;
    private readonly Option<string[]> _topics = new("--topic")
    {
        Description = "Only in this topic, or in some partitions of it, as orders:0,4-7; may be repeated.",
        HelpName = TopicSelection.Form,
    };

    private readonly Option<string?> _older = DurationOption.Create(
        "--older-than", $"Only those whose last record is older than this, as PT15M. [the longest {MaxTimeout.Key} of the brokers]");

    private readonly Option<string> _output = OutputOption.Create("with json one line per hanging transaction and partition");
    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var find = new FindHanging(around);
        var command = new Command("find-hanging", "Find transactions that are open in a partition and that no coordinator knows of, so that nobody ends them.");
        command.Options.Add(find._topics);
        find._topics.Validators.Add(TopicSelection.Check);
        command.Options.Add(find._older);
        command.Options.Add(find._output);
        find._client.AddTo(command);
        command.SetAction((parsed, _) => find.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var connection = await _client.ReadAsync(parsed, around);
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        TopicPartition[] partitions = [.. PartitionsOf(parsed.GetValue(_topics) ?? [], cluster).Distinct()];
        var older = DurationOption.Read(parsed, _older) ?? await MaxTimeout.OfAsync(cluster);
        var listing = await new OpenTransactions(cluster, connection, around.Stop).FindAsync(partitions);
        var now = DateTimeOffset.UtcNow;
        var hanging = listing.Transactions.Where(open => open.IsHanging).ToLookup(open => open.LastRecord is not { } last || now - last >= older);
        OpenTransaction[] found = [.. hanging[true].OrderBy(open => open.Partition.Topic, StringComparer.Ordinal).ThenBy(open => open.Partition.Partition.Value).ThenBy(open => open.StartOffset)];
        ListingAt(now).Write(OutputOption.Read(parsed, _output), found);
        Tell(found, hanging[false].Count(), older, partitions.Length - listing.Unread.Count);
        return listing.Unread.Count == 0 ? ExitCodes.Done : throw Incomplete(listing.Unread);
    }

    private static IEnumerable<TopicPartition> PartitionsOf(string[] topics, Cluster cluster) => topics.Length > 0
        ? topics.SelectMany(text => TopicSelection.Parse(text)!.In(cluster))
        : cluster.Topics.SelectMany(topic => topic.Partitions.Select(p => new TopicPartition(topic.Topic, p.PartitionId)));

    private static CommandFailure Incomplete(IReadOnlyList<UnreadPartition> unread) => new(
        [.. unread.GroupBy(u => u.Reason).Select(same => $"Not searched: {PartitionText.Of(same.Select(u => u.Partition).Distinct())}: {same.Key}.")],
        "There may be more than were found.");

    private Listing<OpenTransaction> ListingAt(DateTimeOffset now)
    {
        // A person has 80 columns, and wants to know how long ago.
        string[] columns = ["start offset", "producer id", "last record", "transactional id"];
        return new(_screen, _screen.IsForPerson ? ["partition", .. columns] : ["topic", "partition", .. columns]) { Row = open => Row(open, now), Json = Write };
    }

    private string[] Row(OpenTransaction open, DateTimeOffset now)
    {
        var (topic, partition) = (open.Partition.Topic, open.Partition.Partition.Value);
        string[] row = [Text(open.StartOffset), Text(open.ProducerId), Text(open.LastRecord, now), open.Owner?.Id ?? "unknown"];
        return _screen.IsForPerson ? [$"{topic}:{partition}", .. row] : [topic, Text(partition), .. row];
    }

    private static void Write(Utf8JsonWriter json, OpenTransaction open)
    {
        json.WriteString("topic", open.Partition.Topic);
        json.WriteNumber("partition", open.Partition.Partition.Value);
        json.WriteNumber("startOffset", open.StartOffset);
        json.WriteNumber("producerId", open.ProducerId);
        json.WriteNumber("producerEpoch", open.ProducerEpoch);
        json.WriteNumber("coordinatorEpoch", open.CoordinatorEpoch);
        json.WriteTimeOrNull("lastRecord", open.LastRecord);
        json.WriteString("transactionalId", open.Owner?.Id);
    }

    private void Tell(OpenTransaction[] found, int younger, TimeSpan older, int searched)
    {
        if (found.Length > 0)
        {
            string them = Counted.Them(found.Length), first = found.Length == 1 ? "it" : "the first";
            _screen.Note($"Nobody will end {them}, and consumers at read_committed wait before {them}. `{HangingCommand.Abort(found[0])}` aborts {first}.".EscapeMarkup());
        }
        else if (searched > 0)
        {
            _screen.Note($"In {(searched == 1 ? "the one partition" : $"the {searched} partitions")} searched no transaction hangs{(younger > 0 ? $" for longer than {TimeText.Passed(older)}" : "")}.");
        }

        if (younger > 0)
        {
            _screen.Note(
                $"{Counted.Are(younger, "open transaction")} unknown to the coordinators, and younger than {TimeText.Passed(older)}: --older-than PT0S shows {Counted.Them(younger)}.");
        }
    }

    private string Text(DateTimeOffset? time, DateTimeOffset now) => time switch
    {
        null => "unknown",
        { } known when _screen.IsForPerson => $"{TimeText.Passed(now - known)} ago",
        { } known => TimeText.Of(known),
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
