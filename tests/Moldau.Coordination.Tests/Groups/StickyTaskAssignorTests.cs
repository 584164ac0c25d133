using Moldau.Coordination.Groups.Streams;
using Moldau.Coordination.Groups.Streams.Assignment;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>Who gets which task.</summary>
public sealed class StickyTaskAssignorTests
{
    [Fact]
    public void Members_have_equally_many_tasks_give_or_take_one()
    {
        var assigned = Assign(Members(7), [Stateful("0", 10), Stateless("1", 13)], standbys: 0);
        Assert.Equal(23, assigned.Sum(tasks => tasks.Active.Count));
        Assert.All(assigned, tasks => Assert.InRange(tasks.Active.Count, 3, 4));
        Assert.All(assigned, tasks => Assert.InRange(tasks.Active.Count(task => task.Subtopology == "0"), 1, 2));
    }

    [Fact]
    public void Nothing_moves_where_nothing_has_changed()
    {
        var members = Members(5);
        ResolvedSubtopology[] subtopologies = [Stateful("0", 12), Stateless("1", 7)];
        var first = Assign(members, subtopologies, standbys: 1);
        var again = Assign(After(members, first), subtopologies, standbys: 1);
        Assert.All(first.Zip(again), pair => Assert.True(pair.First.IsSameAs(pair.Second)));
    }

    [Fact]
    public void A_newcomer_takes_only_its_share()
    {
        var members = Members(4);
        ResolvedSubtopology[] subtopologies = [Stateful("0", 20)];
        var before = Assign(members, subtopologies, standbys: 0);
        var after = Assign([.. After(members, before), Member(9)], subtopologies, standbys: 0);
        Assert.Equal(4, after[4].Active.Count);
        Assert.Equal(4, before.Zip(after).Sum(pair => pair.First.Active.Count(task => !pair.Second.Active.Contains(task))));
    }

    [Fact]
    public void A_standby_task_becomes_active_where_its_state_is()
    {
        var members = Members(3);
        ResolvedSubtopology[] subtopologies = [Stateful("0", 3)];
        var before = Assign(members, subtopologies, standbys: 1);
        var after = Assign([.. After(members, before).Skip(1)], subtopologies, standbys: 1);
        foreach (var task in before[0].Active)
            Assert.Contains(task, after[before.ToList().FindIndex(tasks => tasks.Standby.Contains(task)) - 1].Active);
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(3, 2)]
    [InlineData(2, 2)]
    [InlineData(1, 2)]
    public void No_process_has_a_task_twice(int processes, int standbys)
    {
        var members = Enumerable.Range(0, 6).Select(at => new AssignableMember($"m{at}", $"p{at % processes}", MemberTasks.None)).ToList();
        var assigned = Assign(members, [Stateful("0", 9), Stateless("1", 4)], standbys);
        foreach (var process in members.Zip(assigned).GroupBy(pair => pair.First.ProcessId))
        {
            var tasks = process.SelectMany(pair => pair.Second.All).ToList();
            Assert.Equal(tasks.Distinct().Count(), tasks.Count);
        }
        Assert.Equal(9 * Math.Min(standbys, processes - 1), assigned.Sum(tasks => tasks.Standby.Count));
    }

    [Fact]
    public void Copies_go_to_other_zones_first_and_then_to_other_clusters()
    {
        AssignableMember[] members =
        [
            .. from zone in new[] { "a", "b" } from cluster in new[] { "k", "l" }
               select new AssignableMember($"{zone}{cluster}", $"{zone}{cluster}", MemberTasks.None)
               { Tags = new Dictionary<string, string> { ["zone"] = zone, ["cluster"] = cluster } },
        ];
        var assigned = StickyTaskAssignor.Assign(members, [Stateful("0", 8)], standbyReplicas: 1, ["zone", "cluster"]);
        foreach (var (member, tasks) in members.Zip(assigned))
        {
            foreach (var task in tasks.Active)
            {
                string copy = members[assigned.ToList().FindIndex(other => other.Standby.Contains(task))].Id;
                Assert.NotEqual(member.Id[0], copy[0]);
                Assert.NotEqual(member.Id[1], copy[1]);
            }
        }
    }

    [Fact]
    public void Of_those_who_have_the_state_the_one_with_most_of_it_comes_first()
    {
        var task = new TaskId("0", 0);
        AssignableMember[] members =
        [
            new("m1", "p1", MemberTasks.None) { Restored = new Dictionary<TaskId, long> { [task] = 5 } },
            new("m2", "p2", MemberTasks.None) { Restored = new Dictionary<TaskId, long> { [task] = 50 } },
        ];
        Assert.Contains(task, Assign(members, [Stateful("0", 1)], standbys: 0)[1].Active);
    }

    [Fact]
    public void Without_members_there_is_nothing_to_assign() => Assert.Empty(Assign([], [Stateful("0", 3)], standbys: 1));

    private static IReadOnlyList<MemberTasks> Assign(IReadOnlyList<AssignableMember> members, ResolvedSubtopology[] subtopologies, int standbys) =>
        StickyTaskAssignor.Assign(members, subtopologies, standbys, []);

    private static List<AssignableMember> Members(int count) => [.. Enumerable.Range(0, count).Select(Member)];

    private static AssignableMember Member(int number) => new($"m{number}", $"p{number}", MemberTasks.None);

    private static List<AssignableMember> After(List<AssignableMember> members, IReadOnlyList<MemberTasks> assigned) =>
        [.. members.Zip(assigned).Select(pair => pair.First with { Assigned = pair.Second })];

    private static ResolvedSubtopology Stateful(string id, int tasks) => new(id, tasks, IsStateful: true);

    private static ResolvedSubtopology Stateless(string id, int tasks) => new(id, tasks, IsStateful: false);
}
