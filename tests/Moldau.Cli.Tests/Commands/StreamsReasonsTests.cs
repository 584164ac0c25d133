using Confluent.Kafka;
using Moldau.Cli.Clients;
using Moldau.Cli.Commands.Groups;

namespace Moldau.Cli.Tests.Commands;

public class StreamsReasonsTests
{
    private static readonly StreamsMember One = Member("one", [0, 1]), Idle = Member("idle", []);

    [Fact]
    public void Topics_of_its_own_are_told_as_missing_once_those_that_it_reads_are_there()
    {
        var group = Group(Idle) with { State = "NotReady", MissingSources = ["in"], MissingInternals = ["app-a-changelog", "app-b-repartition"] };
        Assert.Equal("in", Single("missing-source-topic", group).Topic);
        Assert.DoesNotContain(Of(group), reason => reason.Code is "missing-internal-topics" or "not-ready");
        Assert.Contains("app-a-changelog, app-b-repartition.", Single("missing-internal-topics", group with { MissingSources = [] }).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_that_is_not_ready_though_its_topics_are_there_says_so() => Single("not-ready", Group(Idle) with { State = "NotReady" });

    [Fact]
    public void A_member_with_an_older_topology_than_the_group_is_named()
    {
        var reason = Single("stale-topology", Group(One, Idle with { TopologyEpoch = 0 }) with { TopologyEpoch = 1 });
        Assert.StartsWith("idle at /1.2.3.4 (id-idle) has an older topology than the group, whose is of epoch 1", reason.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_assignment_that_is_yet_to_be_made_is_told() => Single("assignment", Group(Idle) with { State = "Assigning" });

    [Fact]
    public void More_members_than_tasks_leave_some_without_and_those_that_wait_for_one_are_not_meant()
    {
        var waiting = Member("waiting", []) with { TargetTasks = TasksOf([1]) };
        var reason = Single("more-members-than-tasks", Group(One with { TargetTasks = TasksOf([0]) }, waiting, Idle));
        Assert.StartsWith("1 of 3 members has no active task: the group has 2 tasks to share", reason.Text, StringComparison.Ordinal);
        Assert.EndsWith("Without: idle at /1.2.3.4 (id-idle).", reason.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_task_that_is_kept_in_another_role_is_given_up_in_the_former_one()
    {
        var member = One with { TargetTasks = new StreamsTasks { Active = [new("0", 0)], Standby = [new("0", 1)] } };
        Assert.Equal([new("0", 1)], member.TasksToGiveUp.All);
        Assert.Equal([new("0", 1)], member.TasksAwaited.Standby);
        Assert.Contains("to give up the tasks 0:1 (subtopology:partitions)", Single("waits-for-member", Group(member)).Text, StringComparison.Ordinal);
    }

    private static StreamsMember Member(string name, int[] partitions) =>
        new($"id-{name}", name, "/1.2.3.4") { TopologyEpoch = 1, Tasks = TasksOf(partitions), TargetTasks = TasksOf(partitions) };

    private static StreamsTasks TasksOf(int[] partitions) => new() { Active = [.. partitions.Select(partition => new StreamsTask("0", partition))] };

    private static StreamsGroupView Group(params StreamsMember[] members) => new("app") { State = "Stable", Members = members, StreamsMembers = members };

    private static IEnumerable<GroupReason> Of(StreamsGroupView group) => StreamsReasons.Of(
        group, new GroupTimes(), new Dictionary<TopicPartition, OpenTransaction>(), new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));

    private static GroupReason Single(string code, StreamsGroupView group) => Assert.Single(Of(group), reason => reason.Code == code);
}
