using Confluent.Kafka;
using Moldau.Cli.Clients;
using Moldau.Cli.Commands.Groups;

namespace Moldau.Cli.Tests.Commands;

public class GroupReasonJsonTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    private static readonly TopicPartition Zero = new("t", 0), One = new("t", 1);

    private static readonly GroupMember Late = new("id-late", "late", "/1.2.3.4") { Assigned = [Zero, One], Target = [Zero] };

    [Fact]
    public void A_transaction_is_told_with_whose_it_is_and_since_when()
    {
        var owner = new TransactionView("till", new BrokerMetadata(1, "here", 9092)) { State = "Ongoing", ProducerId = 7, Began = Now.AddMinutes(-9), Partitions = [Zero] };
        var open = new OpenTransaction(Zero, 7) { StartOffset = 8, LastRecord = Now.AddMinutes(-5) };
        Assert.Contains(
            """records":2,"transactionalId":"till","producerId":7,"hanging":false,"startOffset":8,"began":"2026-11-25T11:51:00Z","lastRecord":"2026-11-25T11:55:00Z","text":"t:0: """,
            Of(open with { Owner = owner }),
            StringComparison.Ordinal);
        Assert.Contains(
            """transactionalId":null,"producerId":7,"hanging":true,"startOffset":8,"began":null,"lastRecord":"2026-11-25T11:55:00Z","text":""", Of(open), StringComparison.Ordinal);

        static string Of(OpenTransaction open)
        {
            var group = new GroupView("g") { State = "Stable", Positions = [new(Zero) { Committed = 8, First = 0, End = 10, Stable = 8 }] };
            return Line("open-transaction", GroupReasons.Of(group, new GroupTimes(), new Dictionary<TopicPartition, OpenTransaction> { [Zero] = open }, Now));
        }
    }

    [Fact]
    public void A_member_that_is_waited_for_is_told_with_what_it_has_to_give_up_and_since_when()
    {
        var group = new GroupView("g") { State = "Reconciling", Members = [Late] };
        Assert.StartsWith(
            """{"group":"g","reason":"waits-for-member","member":"id-late","toGiveUp":[{"topic":"t","partition":1}],"asked":"2026-11-25T11:59:30Z","text":""",
            Line("waits-for-member", GroupReasons.Of(group, new GroupTimes { TargetMade = Now.AddSeconds(-30) }, new Dictionary<TopicPartition, OpenTransaction>(), Now)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_of_a_streams_group_that_is_waited_for_is_told_with_its_tasks()
    {
        var member = new StreamsMember("id-late", "late", "/1.2.3.4") { Tasks = new StreamsTasks { Active = [new("0", 0), new("0", 1)] }, TargetTasks = new StreamsTasks { Active = [new("0", 0)] } };
        var group = new StreamsGroupView("app") { State = "Reconciling", Members = [member], StreamsMembers = [member] };
        Assert.StartsWith(
            """{"group":"g","reason":"waits-for-member","member":"id-late","toGiveUp":[{"subtopology":"0","partition":1}],"asked":null,"text":""",
            Line("waits-for-member", StreamsReasons.Of(group, new GroupTimes(), new Dictionary<TopicPartition, OpenTransaction>(), Now)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Partitions_for_which_nothing_was_committed_are_told_with_the_members_that_have_them()
    {
        GroupPosition[] positions = [.. ((TopicPartition[])[Zero, One]).Select(partition => new GroupPosition(partition) { First = 0, End = 10, Stable = 10, Holder = Late })];
        var group = new GroupView("g") { State = "Stable", Members = [Late], Positions = positions };
        Assert.Contains(
            """reason":"nothing-committed","topic":"t","partitions":[0,1],"records":20,"members":["id-late"],"text":""",
            Line("nothing-committed", GroupReasons.Of(group, new GroupTimes(), new Dictionary<TopicPartition, OpenTransaction>(), Now)),
            StringComparison.Ordinal);
    }

    private static string Line(string code, IEnumerable<GroupReason> reasons) => GroupReasonJson.Of("g", Assert.Single(reasons, reason => reason.Code == code));
}
