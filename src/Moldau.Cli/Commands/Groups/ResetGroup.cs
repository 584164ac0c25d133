using System.CommandLine;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands.Groups;

/// <summary>moldau group reset.</summary>
internal sealed class ResetGroup(Surroundings around)
{
    private readonly Screen _screen = around.Screen;
    private readonly Argument<string> _name = GroupCommands.Name();

    private readonly Option<string[]> _topics = new("--topic")
    {
        Description = "The topic, and its partitions if not all, as orders:0,4-7; may be repeated.",
        HelpName = TopicSelection.Form,
        Required = true,
    };

    private readonly ResetTargetOptions _target = new();
    private readonly Option<bool> _execute = Flag.Create("--execute", "Do it. Without this it is only shown.");
    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var reset = new ResetGroup(around);
        var command = new Command("reset", "Set where a group goes on reading. Shows what would change; --execute does it.");
        command.Arguments.Add(reset._name);
        command.Options.Add(reset._topics);
        reset._topics.Validators.Add(TopicSelection.Check);
        reset._target.AddTo(command);
        command.Options.Add(reset._execute);
        reset._client.AddTo(command);
        command.SetAction((parsed, _) => reset.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        string name = parsed.GetRequiredValue(_name);
        var target = _target.Read(parsed, DateTimeOffset.UtcNow);
        var connection = _client.Read(parsed, around);
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        var queries = new GroupQueries(cluster, connection, around.Stop);
        var partitions = parsed.GetRequiredValue(_topics).SelectMany(text => PartitionsOf(TopicSelection.Parse(text)!, cluster, connection)).Distinct();
        var group = await queries.FindAsync(name);
        var moves = await PlanAsync(cluster, queries, name, [.. partitions], target);
        bool executes = parsed.GetValue(_execute);
        if (executes && group is { Members.Count: > 0 })
        {
            throw GroupMembers.Refusal(group, "reset");
        }

        if (executes)
        {
            await ExecuteAsync(cluster, connection, name, [.. moves.Where(move => move.Next is not null)]);
        }

        Write(moves);
        Tell(name, group, moves, executes);
        return ExitCodes.Done;
    }

    private static IEnumerable<TopicPartition> PartitionsOf(TopicSelection selection, Cluster cluster, Connection connection)
    {
        int count = cluster.Partitions(selection.Topic);
        if (count == 0)
        {
            throw Explanation.Of(new Error(ErrorCode.UnknownTopicOrPart), connection, selection.Topic);
        }

        var partitions = selection.Partitions ?? [.. Enumerable.Range(0, count)];
        return partitions[^1] < count
            ? partitions.Select(p => new TopicPartition(selection.Topic, p))
            : throw new UsageFailure($"The topic {selection.Topic} has the partitions 0 to {count - 1}, and no {partitions[^1]}.", "");
    }

    private static async Task<Move[]> PlanAsync(
        Cluster cluster, GroupQueries queries, string name, TopicPartition[] partitions, ResetTarget target)
    {
        var committed = await queries.CommittedAsync(name);
        var atTime = target is ToTime { Time: var time }
            ? await LogOffsets.OfAsync(cluster, partitions, OffsetSpec.ForTimestamp(Math.Max(time.ToUnixTimeMilliseconds(), 0)))
            : [];
        var moves = new List<Move>();
        foreach (var reach in await queries.ReachesAsync(partitions))
        {
            var position = reach with { Committed = committed.GetValueOrDefault(reach.Partition) };
            if (position.First is null || position.End is null)
            {
                throw new CommandFailure($"The broker does not say how far {position.Topic}:{position.Index} reaches, so it is not known what is there.", "");
            }

            moves.Add(new Move(position, target.In(position, atTime.GetValueOrDefault(position.Partition))));
        }

        return [.. moves];
    }

    private static async Task ExecuteAsync(Cluster cluster, Connection connection, string name, Move[] moves)
    {
        if (moves.Length == 0)
        {
            return;
        }

        var offsets = moves.Select(move => new TopicPartitionOffset(move.Position.Partition, move.Next!.Value)).ToList();
        try
        {
            await cluster.Admin.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets(name, offsets)]);
        }
        catch (AlterConsumerGroupOffsetsException e)
        {
            var error = e.Results[0].Error.IsError ? e.Results[0].Error : e.Results[0].Partitions.First(p => p.Error.IsError).Error;
            // Whoever has no member's name may not move the position of a group that has some.
            throw error.Code is ErrorCode.UnknownMemberId or ErrorCode.NonEmptyGroup
                ? new CommandFailure($"The group {name} has got a member meanwhile, and cannot be reset.", "Stop its consumers first.")
                : Explanation.Of(error, connection);
        }
    }

    private void Write(Move[] moves)
    {
        var table = new DataTable(_screen, ["topic", "partition", "committed", "new", "records to read"]);
        foreach (var (position, next) in moves)
        {
            table.Row(
            [
                position.Topic, position.Index.ToString(CultureInfo.InvariantCulture), Text(position.Committed) ?? "none",
                Text(next) ?? "unchanged", Text(next is null ? position.Lag : position.End - next)!,
            ]);
        }

        table.Write();
    }

    private void Tell(string name, GroupView? group, Move[] moves, bool executed)
    {
        if (moves.Any(move => move.Next is null))
        {
            _screen.Note("Where nothing is committed there is nothing to shift: --to-earliest or --to-offset set a position.");
        }

        string shown = name.EscapeMarkup();
        if (moves.All(move => move.Next is null))
        {
            _screen.Note("Nothing was changed.");
        }
        else if (executed)
        {
            _screen.Note($"Reset the group [bold]{shown}[/].");
        }
        else if (group is { Members.Count: > 0 })
        {
            _screen.Note($"Nothing was changed. The group [bold]{shown}[/] has {Counted.Of(group.Members.Count, "member")}: it can be reset when they are stopped.");
        }
        else
        {
            string made = group is null ? " There is no such group yet: that makes it." : "";
            _screen.Note($"Nothing was changed. Once more with --execute does it.{made}");
        }
    }

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    /// <summary>A partition, and the offset at which the group goes on there; null where that stays.</summary>
    private readonly record struct Move(GroupPosition Position, long? Next);
}
