using System.CommandLine;
using System.CommandLine.Parsing;
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
    private readonly Option<bool> _create = Flag.Create("--create", "Make the group if there is none of this name, for consumers or a streams application.");
    private readonly Option<bool> _createShare = Flag.Create("--create-share", "Make a share group if there is none of this name.");
    private readonly Option<string> _output = OutputOption.Create("with json one line per partition");
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
        command.Options.Add(reset._create);
        command.Options.Add(reset._createShare);
        command.Validators.Add(reset.CheckCreation);
        command.Options.Add(reset._output);
        reset._client.AddTo(command);
        command.SetAction((parsed, _) => reset.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        string name = parsed.GetRequiredValue(_name);
        var target = _target.Read(parsed, DateTimeOffset.UtcNow);
        var connection = await _client.ReadAsync(parsed, around);
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        var queries = new GroupQueries(cluster, connection, around.Stop);
        var partitions = parsed.GetRequiredValue(_topics).SelectMany(text => TopicSelection.Parse(text)!.In(cluster)).Distinct();
        var group = await queries.FindAsync(name);
        var kind = await KindAsync(cluster, queries, name, group, parsed.GetValue(_createShare));
        kind.Check(target);
        var moves = await PlanAsync(cluster, kind, [.. partitions], target);
        bool executes = parsed.GetValue(_execute);
        var obstacle = await ObstacleAsync(queries, name, group, parsed.GetValue(_create) || parsed.GetValue(_createShare));
        if (executes && obstacle is not null)
        {
            throw obstacle;
        }

        var refused = executes ? await ExecuteAsync(kind, [.. moves.Where(move => move.Next is not null)]) : [];
        // Also where it was refused in part: nothing else says in which partitions it was done.
        new ResetOutput(_screen, name, kind).Write(OutputOption.Read(parsed, _output), Made(moves, refused), executes);
        ResetRefusal.ThrowIfAny(GroupChanges.Reset(name), refused, moves.Count(move => move.Next is not null));
        Tell(name, group, kind, moves, obstacle, executes);
        return obstacle is null ? ExitCodes.Done : throw obstacle;
    }

    private void CheckCreation(CommandResult result)
    {
        if (result.GetValue(_create) && result.GetValue(_createShare))
        {
            result.AddError($"{_create.Name} and {_createShare.Name} make two kinds of groups: choose one.");
        }
    }

    private static async Task<IResetKind> KindAsync(Cluster cluster, GroupQueries queries, string name, GroupView? group, bool createsShare) => group switch
    {
        ShareGroupView share => new ShareReset(cluster, queries.SharesOf(share), name),
        null when createsShare => new ShareReset(cluster, await queries.OfNewShareGroupAsync(name), name),
        not null when createsShare => throw new CommandFailure($"There is a group {name} already, and it is a {group.Type} group.", "Choose another name for the share group, or delete that one first."),
        _ => new CommittedReset(cluster, queries, name),
    };

    /// <summary>Why the group cannot be reset now; null if it can.</summary>
    private static async Task<CommandFailure?> ObstacleAsync(GroupQueries queries, string name, GroupView? group, bool create) => group switch
    {
        null when !create => await queries.MissingAsync(name, "With --create a group of this name is made, with --create-share a share group."),
        { Members.Count: > 0 } => GroupMembers.Refusal(group, "reset"),
        _ => null,
    };

    private static async Task<ResetMove[]> PlanAsync(Cluster cluster, IResetKind kind, TopicPartition[] partitions, ResetTarget target)
    {
        var positions = await kind.PositionsAsync();
        var atTime = target is ToTime { Time: var time }
            ? await LogOffsets.OfAsync(cluster, partitions, OffsetSpec.ForTimestamp(Math.Max(time.ToUnixTimeMilliseconds(), 0)))
            : [];
        var moves = new List<ResetMove>();
        foreach (var reach in await LogOffsets.ReachesAsync(cluster, partitions))
        {
            var position = reach with { Committed = positions.GetValueOrDefault(reach.Partition) };
            if (position.First is null || position.End is null)
            {
                throw new CommandFailure($"The broker does not say how far {position.Topic}:{position.Index} reaches, so it is not known what is there.", "");
            }

            moves.Add(target.In(position, atTime.GetValueOrDefault(position.Partition)));
        }

        return [.. moves];
    }

    private static async Task<IReadOnlyList<RefusedPartition>> ExecuteAsync(IResetKind kind, ResetMove[] moves) => moves.Length == 0
        ? []
        : await kind.SetAsync([.. moves.Select(move => new TopicPartitionOffset(move.Position.Partition, move.Next!.Value))]);

    /// <summary>Where it was refused, the group stays where it was.</summary>
    private static ResetMove[] Made(ResetMove[] moves, IReadOnlyList<RefusedPartition> refused)
    {
        var stays = refused.Select(each => each.Partition).ToHashSet();
        return [.. moves.Select(move => stays.Contains(move.Position.Partition) ? move with { Next = null } : move)];
    }

    private void Tell(string name, GroupView? group, IResetKind kind, ResetMove[] moves, CommandFailure? obstacle, bool executed)
    {
        foreach (string remark in ResetRemarks.Of(group, moves))
        {
            _screen.Note(remark.EscapeMarkup());
        }

        if (obstacle is not null || moves.All(move => move.Next is null))
        {
            _screen.Note("Nothing was changed.");
        }
        else if (executed)
        {
            _screen.Note($"Reset the group [bold]{name.EscapeMarkup()}[/].");
            InternalTopicsNote.Write(_screen, group);
        }
        else
        {
            string made = group is null ? $" There is no such group yet: that makes it, {kind.Makes}." : "";
            _screen.Note($"Nothing was changed. Once more with --execute does it.{made}");
        }
    }
}
