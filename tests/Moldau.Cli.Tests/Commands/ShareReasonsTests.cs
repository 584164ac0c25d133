using Confluent.Kafka;
using Moldau.Cli.Clients;
using Moldau.Cli.Commands.Groups;

namespace Moldau.Cli.Tests.Commands;

public class ShareReasonsTests
{
    private static readonly ShareMember One = new("id-one", "one", "/1.2.3.4") { Topics = ["t"], Assigned = [At(0)] };

    [Theory]
    [InlineData(null, null, "not-begun", 7)]
    [InlineData(11L, 0L, "beyond-end", 0)]
    [InlineData(5L, 4L, "undone", 4)]
    [InlineData(5L, null, "uncounted", 5)]
    [InlineData(5L, 0L, "at-end", 7)]
    [InlineData(10L, 0L, "at-end", 7)]
    public void A_start_is_told_with_how_many_records_it_is_about(long? start, long? undone, string code, int records)
    {
        var reason = Single(code, Group(Position(0) with { Committed = start, Undone = undone }));
        Assert.Equal(("t", records), (reason.Topic, (int)reason.Records!));
    }

    [Theory]
    [InlineData(null, "not-begun", "the group begins after them")]
    [InlineData(11L, "beyond-end", "the group begins beyond the end")]
    public void What_comes_after_the_records_is_not_called_behind_them(long? start, string code, string words)
    {
        string text = Single(code, Group(Position(0) with { Committed = start, Undone = null })).Text;
        Assert.Contains(words, text, StringComparison.Ordinal);
        Assert.DoesNotContain("behind", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_partition_in_which_the_group_has_not_begun_is_told() => Single("empty", Group(Position(0) with { First = 10, Committed = null, Undone = null }));

    [Fact]
    public void Records_that_are_not_done_are_told_with_the_members_that_may_have_them_and_for_how_long()
    {
        string text = Single("undone", Group(Position(0), Position(1))).Text;
        Assert.StartsWith(
            "t:0-1: the group is not done with 8 records. one at /1.2.3.4 (id-one) has these partitions. Whether a member works on them the protocol does not say: ",
            text,
            StringComparison.Ordinal);
        Assert.Contains("share.record.lock.duration.ms (30 seconds by default)", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Records_that_retention_has_taken_are_not_left_to_do() => Assert.Equal(7, (Position(0) with { Committed = 0, Undone = 10 }).Lag);

    [Fact]
    public void A_broker_that_does_not_count_what_is_left_is_not_spoken_for() => Assert.StartsWith(
        "t:0: the group is not done with 5 records at most; how many the broker does not say.",
        Single("uncounted", Group(Position(0) with { Undone = null })).Text,
        StringComparison.Ordinal);

    [Fact]
    public void A_start_that_the_broker_could_not_look_up_is_told_with_its_words() => Assert.Equal(
        "t:0: the broker does not say where the group is: The share coordinator is not there.",
        Single("unknown", Group(Position(0) with { Committed = null, Undone = null, Failure = "The share coordinator is not there." })).Text);

    [Fact]
    public void A_member_waits_for_partitions_only_of_topics_that_exist()
    {
        var waiting = One with { Assigned = [], Topics = ["t", "nosuch"] };
        var group = Group() with { Members = [waiting], ShareMembers = [waiting], MissingTopics = ["nosuch"] };
        Assert.Equal(["missing-topic", "no-partitions"], Of(group).Select(reason => reason.Code));
        waiting = waiting with { Topics = ["nosuch"] };
        Assert.Equal(["missing-topic"], Of(group with { ShareMembers = [waiting] }).Select(reason => reason.Code));
    }

    [Fact]
    public void A_transaction_that_members_at_read_committed_wait_for_is_told_with_the_groups_own_setting() => Assert.StartsWith(
        "t:0: a transaction is open. Consumers with share.isolation.level=read_committed read as far as its first record",
        Single("open-transaction", Group(Position(0) with { Stable = 8 })).Text,
        StringComparison.Ordinal);

    private static TopicPartition At(int partition) => new("t", partition);

    /// <summary>Of seven records four are left to do, all behind the start.</summary>
    private static SharePosition Position(int partition) =>
        new(At(partition)) { Committed = 5, Undone = 4, First = 3, End = 10, Stable = 10, Holders = [One] };

    private static ShareGroupView Group(params SharePosition[] starts) => new("s") { Members = [One], ShareMembers = [One], Starts = starts };

    private static IEnumerable<GroupReason> Of(ShareGroupView group) =>
        ShareReasons.Of(group, new Dictionary<TopicPartition, OpenTransaction>(), new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));

    private static GroupReason Single(string code, ShareGroupView group) => Assert.Single(Of(group), reason => reason.Code == code);
}
