using System.CommandLine;
using Confluent.Kafka;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands.Groups;

/// <summary>moldau group why.</summary>
internal sealed class WhyGroup(Surroundings around)
{
    /// <summary>In more partitions than these it is not asked whose transaction is open; it is seldom another one.</summary>
    private const int AskedMax = 100;

    private readonly Screen _screen = around.Screen;
    private readonly Argument<string> _name = GroupCommands.Name();
    private readonly Option<string> _output = OutputOption.Create("with json one line per reason");
    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var why = new WhyGroup(around);
        var command = new Command("why", "Say in plain words why a group reads nothing, or how far behind it is.");
        command.Arguments.Add(why._name);
        command.Options.Add(why._output);
        why._client.AddTo(command);
        command.SetAction((parsed, _) => why.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var connection = await _client.ReadAsync(parsed, around);
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        var queries = new GroupQueries(cluster, connection, around.Stop);
        var group = await queries.DescribeAsync(parsed.GetRequiredValue(_name));
        var reasons = group is ShareGroupView share
            ? await ReasonsAsync(share, queries, cluster, connection)
            : await ReasonsAsync(group, queries, cluster, connection);
        bool isJson = OutputOption.Read(parsed, _output) == OutputFormat.Json;
        foreach (var reason in reasons)
        {
            if (isJson)
            {
                _screen.Data(GroupReasonJson.Of(group.Name, reason));
            }
            else
            {
                _screen.Prose(reason.Text);
            }
        }

        return ExitCodes.Done;
    }

    private async Task<IEnumerable<GroupReason>> ReasonsAsync(ShareGroupView group, GroupQueries queries, Cluster cluster, Connection connection)
    {
        group = await queries.WithStartsAsync(group);
        return ShareReasons.Of(group, await TransactionsAsync(cluster, connection, group.Starts), DateTimeOffset.UtcNow);
    }

    private async Task<IEnumerable<GroupReason>> ReasonsAsync(GroupView group, GroupQueries queries, Cluster cluster, Connection connection)
    {
        group = await queries.WithPositionsAsync(group);
        var times = await Task.Run(() => GroupTimes.Read(cluster, connection, group.Name), around.Stop).WaitAsync(around.Stop);
        var transactions = await TransactionsAsync(cluster, connection, group.Positions);
        return group is StreamsGroupView streams
            ? StreamsReasons.Of(streams, times, transactions, DateTimeOffset.UtcNow)
            : GroupReasons.Of(group, times, transactions, DateTimeOffset.UtcNow);
    }

    /// <summary>Of each partition the transaction that is open for the longest: it is what readers wait for.</summary>
    private async Task<Dictionary<TopicPartition, OpenTransaction>> TransactionsAsync(Cluster cluster, Connection connection, IEnumerable<GroupPosition> positions)
    {
        TopicPartition[] held = [.. positions.Where(p => p.HeldBack > 0).Select(p => p.Partition).Take(AskedMax)];
        try
        {
            var listing = await new OpenTransactions(cluster, connection, around.Stop).FindAsync(held);
            foreach (string reason in listing.Unread.Select(u => u.Reason).Distinct())
            {
                _screen.Note($"Whose transaction is open could not be asked everywhere: {reason.EscapeMarkup()}.");
            }

            return listing.Transactions.GroupBy(open => open.Partition).ToDictionary(open => open.Key, open => open.MinBy(t => t.StartOffset)!);
        }
        catch (CommandFailure e)
        {
            _screen.Note($"Whose transaction is open could not be asked: {string.Join(' ', e.Lines).EscapeMarkup()}");
            return [];
        }
    }
}
