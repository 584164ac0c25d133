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
    private readonly Option<bool> _words = Flag.Create("--words", "Count the words of each message.");
    private readonly Option<int?> _alert = NumberOption.Create(
        "--alert", 0, int.MaxValue, $"With --words: alert above this number. [{WordCount.DefaultAlertAbove}]");

    private readonly Option<int?> _mean = NumberOption.Create(
        "--mean", 1, RollingMean.SizeMax,
        "Show the mean of the last N numbers. Several partitions are read in the order of their timestamps, what shares a "
        + $"millisecond by partition; that takes up to {TimeOrder.DelayMs} ms ({TimeOrder.SilenceMs / 1_000} s when one does not answer).");

    private readonly Option<bool> _fromBeginning = Flag.Create(
        "--from-beginning", "Begin with what is there already, unless the group has a position: then it goes on from that.");

    private readonly Option<string?> _group = TextOption.Create("--group", "NAME", "The consumer group. [moldau- and the analysis]");

    private readonly Option<long?> _max = NumberOption.Create("--max", 1L, long.MaxValue, "Stop after N messages.");
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
            bool words = result.GetResult(consume._words) is not null;
            bool mean = result.GetResult(consume._mean) is not null;
            if (words && mean)
            {
                result.AddError("--words and --mean are two analyses: choose one.");
            }
            else if (!words && result.GetResult(consume._alert) is not null)
            {
                result.AddError("--alert is a limit for the number of words: it goes with --words.");
            }
        });
        command.SetAction((parsed, _) => consume.RunAsync(parsed, around));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Surroundings around)
    {
        string topic = TopicArgument.Read(parsed, _topic);
        var connection = await _client.ReadAsync(parsed, around);
        var analysis = Analysis(parsed);
        using (var cluster = await Cluster.ReachAsync(connection, around.Stop))
        {
            if (cluster.Partitions(topic) == 0)
            {
                throw cluster.MissingTopic(topic);
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
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(around.Stop, around.ReaderGone());
        long shown = await Task.Factory.StartNew(
            () => reader.Run(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        around.Screen.Flush();
        around.EndTypedLine();
        writer.Note($"Read {Counted.Of(shown, "message")}.");
        return ExitCodes.Done;
    }

    private IAnalysis Analysis(ParseResult parsed)
    {
        if (parsed.GetValue(_mean) is { } size)
        {
            return new RollingMean(size);
        }

        return parsed.GetValue(_words) ? new WordCount(parsed.GetValue(_alert) ?? WordCount.DefaultAlertAbove) : new PlainLines();
    }
}
