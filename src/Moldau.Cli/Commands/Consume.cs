using System.CommandLine;
using Moldau.Cli.Analyses;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands;

/// <summary>moldau consume: shows what comes in a topic, as it is or with one of the two analyses.</summary>
internal sealed class Consume
{
    private readonly Argument<string?> _topic = TopicArgument.Create();
    private readonly ClientOptions _client = new();
    private readonly Option<bool> _words = new("--words") { Description = "Count the words of each message." };
    private readonly Option<int?> _alert = new("--alert")
    {
        Description = $"With --words: alert above this number. [{WordCount.DefaultAlertAbove}]",
        HelpName = "N",
    };

    private readonly Option<int?> _mean = new("--mean")
    {
        Description = "Show the mean of the last N numbers. Several partitions are read in the order of their timestamps, what shares a "
            + $"millisecond by partition; that takes up to {TimeOrder.DelayMs} ms ({TimeOrder.SilenceMs / 1_000} s when one does not answer).",
        HelpName = "N",
    };

    private readonly Option<bool> _fromBeginning = new("--from-beginning")
    {
        Description = "Begin with what is there already, unless the group has a position: then it goes on from that.",
    };

    private readonly Option<string?> _group = new("--group")
    {
        Description = "The consumer group. [moldau- and the analysis]",
        HelpName = "NAME",
    };

    private readonly Option<long?> _max = new("--max") { Description = "Stop after N messages.", HelpName = "N" };
    private readonly Option<string> _output = OutputOption.Create("one line per message");

    public static Command Create(Surroundings around)
    {
        var consume = new Consume();
        var command = new Command(
            "consume", "Show the messages of a topic, as they are or with an analysis. Ctrl-C stops; the next run goes on there.");
        command.Arguments.Add(consume._topic);
        Option[] options =
            [consume._words, consume._alert, consume._mean, consume._fromBeginning, consume._group, consume._max, consume._output];
        foreach (var option in options)
        {
            command.Options.Add(option);
        }

        consume._client.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(consume._mean) is < 1 or > RollingMean.SizeMax)
            {
                result.AddError($"--mean takes a number from 1 to {RollingMean.SizeMax}.");
            }

            bool words = result.GetValue(consume._words) || result.GetValue(consume._alert) is not null;
            if (words && result.GetValue(consume._mean) is not null)
            {
                result.AddError("--words and --mean are two analyses: choose one.");
            }

            if (result.GetValue(consume._max) is < 1)
            {
                result.AddError("--max takes a number of messages, 1 or more.");
            }
        });
        command.SetAction((parsed, _) => consume.RunAsync(parsed, around));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Surroundings around)
    {
        string topic = TopicArgument.Read(parsed, _topic);
        var connection = _client.Read(parsed, around);
        var analysis = Analysis(parsed);
        using (var cluster = await Cluster.ReachAsync(connection, around.Stop))
        {
            if (cluster.Partitions(topic) == 0)
            {
                throw Explanation.Of(new Confluent.Kafka.Error(Confluent.Kafka.ErrorCode.UnknownTopicOrPart), connection, topic);
            }
        }

        var reading = new Reading(topic, parsed.GetValue(_group) ?? $"moldau-{analysis.Name}")
        {
            Start = parsed.GetValue(_fromBeginning) ? StartingPoint.Beginning : StartingPoint.End,
            MessagesMax = parsed.GetValue(_max) ?? long.MaxValue,
        };
        var writer = new FindingWriter(around.Screen, OutputOption.Read(parsed, _output));
        writer.Note($"Reading {topic} as group {reading.Group}. Ctrl-C stops.");
        using var reader = new GroupReader(connection, reading, analysis, writer);
        long shown = await Task.Factory.StartNew(
            () => reader.Run(around.Stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        around.Screen.Flush();
        writer.Note(shown == 1 ? "Read 1 message." : $"Read {shown} messages.");
        return ExitCodes.Done;
    }

    private IAnalysis Analysis(ParseResult parsed)
    {
        if (parsed.GetValue(_mean) is { } size)
        {
            return new RollingMean(size);
        }

        int? alert = parsed.GetValue(_alert);
        return parsed.GetValue(_words) || alert is not null ? new WordCount(alert ?? WordCount.DefaultAlertAbove) : new PlainLines();
    }
}
