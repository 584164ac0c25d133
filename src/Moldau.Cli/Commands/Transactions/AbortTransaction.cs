using System.CommandLine;
using System.CommandLine.Parsing;
using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Transactions;

/// <summary>moldau transaction abort: the open transaction of an id, or a hanging one in a partition.</summary>
internal sealed class AbortTransaction(Surroundings around)
{
    private readonly Argument<string?> _id = TransactionCommands.OptionalId();
    private readonly Option<string?> _topic = TextOption.Create("--topic", "TOPIC", "With --partition and --start-offset: abort a hanging transaction there, as find-hanging shows it.");
    private readonly Option<int?> _partition = NumberOption.Create("--partition", 0, int.MaxValue, "The partition that it is open in.");
    private readonly Option<long?> _offset = NumberOption.Create("--start-offset", 0L, long.MaxValue, "The offset of its first record there.");
    private readonly Option<string> _output = OutputOption.Create("with json one line");
    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var abort = new AbortTransaction(around);
        var command = new Command("abort", "Abort the open transaction of an id, and fence its producer; or a hanging transaction in a partition.");
        command.Arguments.Add(abort._id);
        command.Options.Add(abort._topic);
        abort._topic.Validators.Add(CheckTopic);
        command.Options.Add(abort._partition);
        command.Options.Add(abort._offset);
        command.Options.Add(abort._output);
        command.Validators.Add(abort.Check);
        abort._client.AddTo(command);
        command.SetAction((parsed, _) => abort.RunAsync(parsed));
        return command;
    }

    private static void CheckTopic(OptionResult result)
    {
        foreach (var token in result.Tokens.Where(token => token.Value.Length > 0 && !TopicName.IsLegal(token.Value)))
        {
            result.AddError(TopicName.Refusal(token.Value));
        }
    }

    private void Check(CommandResult result)
    {
        Option[] place = [_topic, _partition, _offset];
        int given = place.Count(option => result.GetResult(option) is { Implicit: false });
        bool hasId = result.GetResult(_id) is { Tokens.Count: > 0 };
        if (hasId == (given > 0) || given is not (0 or 3))
        {
            result.AddError(
                $"One of these says what to abort: {_id.Name}, for the transaction that it has open; or {_topic.Name}, {_partition.Name} and {_offset.Name} together, for one that hangs.");
        }
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var connection = await _client.ReadAsync(parsed, around);
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        var format = OutputOption.Read(parsed, _output);
        if (parsed.GetValue(_id) is { } id)
        {
            await new OngoingAbort(around, cluster, connection).RunAsync(id, format);
        }
        else
        {
            var partition = new TopicPartition(parsed.GetValue(_topic), parsed.GetValue(_partition)!.Value);
            await new HangingAbort(around, cluster, connection).RunAsync(partition, parsed.GetValue(_offset)!.Value, format);
        }

        return ExitCodes.Done;
    }
}
