using Confluent.Kafka;
using Moldau.Cli.Clients;
using Moldau.Cli.Commands.Groups;

namespace Moldau.Cli.Tests.Commands;

public class GroupReasonsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    private static readonly GroupMember One = Member("one", [0]), Two = Member("two", [1]), Idle = Member("idle", []);

    [Fact]
    public void A_group_without_members_says_since_when()
    {
        var times = new GroupTimes { EmptySince = Now.AddMinutes(-5), Commits = Commits((0, Now.AddHours(-3))) };
        Assert.Equal(
            ["The group has no members: no consumer with this group.id is connected. The last one left, or was put out, 5 minutes ago, at 2026-11-25 11:55:00Z.",
             "The last commit was 3 hours ago, at 2026-11-25 09:00:00Z."],
            Texts(new GroupView("g") { State = "Empty" }, times));
    }

    [Fact]
    public void More_members_than_partitions_leave_some_without()
    {
        var reason = Single("more-members-than-partitions", Group(One, Two, Idle));
        Assert.StartsWith("1 of 3 members has no partition: the group has 2 partitions to share, ", reason.Text, StringComparison.Ordinal);
        Assert.EndsWith("Without: idle at /1.2.3.4 (id-idle).", reason.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_of_which_none_has_a_partition_are_subscribed_to_nothing_that_exists() => Single("no-partitions", Group(Idle));

    [Fact]
    public void A_member_that_has_yet_to_give_up_is_named_with_what_and_since_when()
    {
        var late = One with { Assigned = [At(0), At(2)], Target = [At(0)] };
        var waiting = Idle with { Target = [At(2)] };
        var group = Group(late, waiting) with { State = "Reconciling" };
        var reasons = Of(group, new GroupTimes { TargetMade = Now.AddSeconds(-30) });
        Assert.Contains(
            "one at /1.2.3.4 (id-one) was asked, 30 seconds ago, at 2026-11-25 11:59:30Z, to give up t:2",
            Assert.Single(reasons, r => r.Code == "waits-for-member").Text,
            StringComparison.Ordinal);
        // It is not idle: something is on its way to it.
        Assert.DoesNotContain(reasons, r => r.Code is "no-partitions" or "more-members-than-partitions");
    }

    [Theory]
    [InlineData("PreparingRebalance", "rebalance")]
    [InlineData("CompletingRebalance", "assignment")]
    public void A_rebalance_is_told(string state, string code) => Single(code, Group(One) with { State = state });

    [Theory]
    [InlineData(null, 0, 0, "empty", 0)]
    [InlineData(null, 3, 10, "nothing-committed", 7)]
    [InlineData(2L, 5, 10, "behind-retention", 3)]
    [InlineData(11L, 5, 10, "beyond-end", 0)]
    [InlineData(10L, 5, 10, "at-end", 5)]
    [InlineData(7L, 5, 10, "behind", 3)]
    public void A_position_is_told_with_how_many_records_it_is_about(long? committed, int first, int end, string code, int records)
    {
        var position = Position(0) with { Committed = committed, First = first, End = end, Stable = end };
        var reason = Single(code, Group(One) with { Positions = [position] });
        Assert.Equal(("t", records), (reason.Topic, (int)reason.Records!));
    }

    [Theory]
    [InlineData(11L, "beyond-end", "t:0: the position lies beyond the end: ")]
    [InlineData(null, "nothing-committed", "a consumer begins after them and reads only")]
    public void What_comes_after_the_records_is_not_called_behind_them_as_a_reader_with_a_lag_is(long? committed, string code, string words)
    {
        string text = Single(code, Group(One) with { Positions = [Position(0) with { Committed = committed }] }).Text;
        Assert.Contains(words, text, StringComparison.Ordinal);
        Assert.DoesNotContain("behind", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Partitions_that_stand_alike_are_told_together()
    {
        var group = Group(One, Two) with { Positions = [.. Enumerable.Range(0, 5).Select(Position)] };
        Assert.Equal("t:0-4: 10 records are left to read. one at /1.2.3.4 (id-one) has them.", Single("behind", group).Text);
    }

    [Fact]
    public void A_partition_that_no_member_has_is_told_as_such() =>
        Assert.Equal("t:0: 2 records are left to read, and no member has the partition.", Single("unread", Group(One) with { Positions = [Position(0) with { Holder = null }] }).Text);

    [Fact]
    public void A_reader_before_an_open_transaction_is_told_whose_it_is()
    {
        var group = Group(One) with { Positions = [Position(0) with { Stable = 8 }] };
        var owner = new TransactionView("till", new BrokerMetadata(1, "here", 9092))
        {
            State = "Ongoing",
            ProducerId = 7,
            Began = Now.AddMinutes(-9),
            Partitions = [At(0)],
        };
        var open = new OpenTransaction(At(0), 7) { StartOffset = 8, LastRecord = Now.AddMinutes(-5) };
        Assert.EndsWith(
            "It is that of transactional.id till (Ongoing), producer 7; it began 9 minutes ago, at 2026-11-25 11:51:00Z. `moldau transaction describe till` shows it, "
            + "`moldau transaction abort till` aborts it.",
            TextOf(open with { Owner = owner }),
            StringComparison.Ordinal);
        Assert.EndsWith("Its end is decided, and is being written.", TextOf(open with { Owner = owner with { State = "PrepareCommit" } }), StringComparison.Ordinal);
        const string Hangs = "; its last record is of 5 minutes ago, at 2026-11-25 11:55:00Z. No coordinator knows of it: it will not end by itself, an admin must abort it. "
            + "`moldau transaction find-hanging --topic t:0 --older-than PT0S` shows how.";
        Assert.EndsWith($"It is that of producer 7{Hangs}", TextOf(open), StringComparison.Ordinal);
        // Its producer may have another transaction open, or none.
        Assert.EndsWith($"It is that of producer 7 (transactional.id till){Hangs}", TextOf(open with { Owner = owner with { Partitions = [At(1)] } }), StringComparison.Ordinal);

        string TextOf(OpenTransaction transaction)
        {
            var transactions = new Dictionary<TopicPartition, OpenTransaction> { [At(0)] = transaction };
            return Assert.Single(GroupReasons.Of(group, new GroupTimes(), transactions, Now), r => r.Code == "open-transaction").Text;
        }
    }

    [Fact]
    public void A_transaction_is_told_also_before_the_group_has_come_to_it_and_where_it_has_committed_nothing()
    {
        var group = Group(One) with { Positions = [Position(0) with { Committed = 2, Stable = 8 }, Position(1) with { Committed = null, Stable = 8 }] };
        var reasons = Of(group).ToArray();
        Assert.Equal(["open-transaction", "nothing-committed", "behind", "last-commit-unknown"], reasons.Select(r => r.Code));
        Assert.StartsWith(
            "t:0-1: a transaction is open. Consumers with isolation.level=read_committed read as far as its first record and wait there until it ends; 4 records stand",
            reasons[0].Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_reader_beyond_an_open_transaction_does_not_wait_for_it()
    {
        var group = Group(One) with { Positions = [Position(0) with { Committed = 10, Stable = 8 }] };
        Assert.DoesNotContain(Of(group), r => r.Code == "open-transaction");
    }

    [Fact]
    public void A_reset_that_is_advised_names_the_partitions_and_a_group_as_a_shell_takes_it()
    {
        GroupPosition[] positions = [Position(0) with { Committed = 10 }, Position(1), Position(2) with { Committed = 10 }];
        var reason = Single("at-end", new GroupView("it's mine") { State = "Empty", Positions = positions });
        Assert.Contains(@"`moldau group reset 'it'\''s mine' --topic t:0,2 --to-earliest` lets the group read them again.", reason.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_partition_left_out_while_the_group_commits_for_others_is_told_with_its_member_and_since_when()
    {
        var group = Group(One, Two) with { Positions = [Position(0), Position(1) with { Holder = Two, Committed = 9 }] };
        var reasons = Of(group, new GroupTimes { Commits = Commits((0, Now.AddSeconds(-3)), (1, Now.AddMinutes(-12))) }).ToArray();
        Assert.Equal(["stands-still", "behind", "last-commit"], reasons.Select(r => r.Code));
        Assert.StartsWith(
            "t:1: 1 record is left to read, and the last commit here was 12 minutes ago, at 2026-11-25 11:48:00Z, while the group committed for other partitions "
            + "3 seconds ago, at 2026-11-25 11:59:57Z. two at /1.2.3.4 (id-two) has it: ",
            reasons[0].Text,
            StringComparison.Ordinal);
        Assert.Equal(("id-two", Now.AddMinutes(-12)), (reasons[0].Member!.Id, reasons[0].LastCommit));
    }

    [Fact]
    public void Each_member_is_told_with_what_it_has_left_and_its_last_commit()
    {
        var group = Group(One, Two) with { Positions = [Position(0), Position(1) with { Holder = Two }] };
        var reasons = Of(group, new GroupTimes { Commits = Commits((0, Now.AddSeconds(-3)), (1, Now.AddSeconds(-30))) });
        Assert.Equal(
            ["t:0: 2 records are left to read. one at /1.2.3.4 (id-one) has it; the last commit here was 3 seconds ago, at 2026-11-25 11:59:57Z.",
             "t:1: 2 records are left to read. two at /1.2.3.4 (id-two) has it; the last commit here was 30 seconds ago, at 2026-11-25 11:59:30Z."],
            reasons.Where(r => r.Code == "behind").Select(r => r.Text));
    }

    [Fact]
    public void What_is_wrong_comes_before_what_is_at_the_end()
    {
        GroupPosition[] positions =
        [
            Position(0) with { Committed = 10 }, Position(1) with { Committed = null, First = 10 }, Position(2), Position(3) with { Committed = 3, First = 5 },
            Position(4) with { Committed = null }, Position(5) with { Holder = null },
        ];
        Assert.Equal(
            ["behind-retention", "nothing-committed", "unread", "behind", "at-end", "empty", "last-commit-unknown"],
            Of(Group(One) with { Positions = positions }).Select(r => r.Code));
    }

    [Fact]
    public void A_rebalance_names_the_members_and_both_timeouts_and_calls_no_partition_abandoned()
    {
        var group = Group(Idle) with { State = "PreparingRebalance", Positions = [Position(0) with { Holder = null }] };
        string text = Single("rebalance", group).Text;
        Assert.Contains("idle at /1.2.3.4 (id-idle)", text, StringComparison.Ordinal);
        Assert.Contains("dead is given up after its session.timeout.ms", text, StringComparison.Ordinal);
        Assert.Contains("busy with its records after its max.poll.interval.ms", text, StringComparison.Ordinal);
        Assert.DoesNotContain("no member has", Single("unread", group).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_that_was_left_with_something_to_read_hears_what_puts_a_consumer_out()
    {
        var group = new GroupView("g") { State = "Empty", Positions = [Position(0) with { Holder = null }] };
        Assert.Contains("max.poll.interval.ms", Single("no-members", group).Text, StringComparison.Ordinal);
        group = group with { Positions = [Position(0) with { Committed = 10 }] };
        Assert.DoesNotContain("max.poll.interval.ms", Single("no-members", group).Text, StringComparison.Ordinal);
    }

    private static Dictionary<TopicPartition, DateTimeOffset> Commits(params (int Partition, DateTimeOffset Time)[] commits) =>
        commits.ToDictionary(c => At(c.Partition), c => c.Time);

    private static TopicPartition At(int partition) => new("t", partition);

    private static GroupMember Member(string name, int[] partitions)
    {
        TopicPartition[] assigned = [.. partitions.Select(At)];
        return new GroupMember($"id-{name}", name, "/1.2.3.4") { Assigned = assigned, Target = assigned };
    }

    /// <summary>Two records are left to read.</summary>
    private static GroupPosition Position(int partition) =>
        new(At(partition)) { Committed = 8, First = 0, End = 10, Stable = 10, Holder = One };

    private static GroupView Group(params GroupMember[] members) => new("g") { State = "Stable", Members = members };

    private static IEnumerable<GroupReason> Of(GroupView group, GroupTimes? times = null) =>
        GroupReasons.Of(group, times ?? new GroupTimes(), new Dictionary<TopicPartition, OpenTransaction>(), Now);

    private static IEnumerable<string> Texts(GroupView group, GroupTimes times) => Of(group, times).Select(r => r.Text).Where(t => !t.Contains("nothing so far", StringComparison.Ordinal));

    private static GroupReason Single(string code, GroupView group) => Assert.Single(Of(group), r => r.Code == code);
}
