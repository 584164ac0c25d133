using CsCheck;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Assignors;
using Moldau.TestKit;

namespace Moldau.Coordination.Tests.Groups;

public sealed class AssignorTests
{
    private static readonly IAssignor Uniform = new UniformAssignor(), Range = new RangeAssignor();

    /// <summary>Topics with their numbers of partitions, and the topics of each member.</summary>
    private static readonly Gen<(int[] Partitions, int[][] Subscriptions)> Group =
        from partitions in Gen.Int[1, 9].Array[1, 5]
        from subscriptions in Gen.Int[0, partitions.Length - 1].Array[0, partitions.Length].Array[1, 6]
        select (partitions, subscriptions);

    [Fact]
    public void Every_partition_that_anybody_may_get_has_one_owner_who_may_have_it() => Group.Sample(group =>
    {
        foreach (var assignor in new[] { Uniform, Range })
        {
            var members = Members(group.Subscriptions, []);
            var assigned = assignor.Assign(members, topic => group.Partitions[Number(topic)]);
            var wanted = members.SelectMany(member => member.Topics).Distinct()
                .SelectMany(topic => Enumerable.Range(0, group.Partitions[Number(topic)]).Select(index => new TopicIdPartition(topic, index)));
            Assert.Equal(wanted.Order(), assigned.SelectMany(ofMember => ofMember).Order());
            Assert.All(assigned.Zip(members), pair => Assert.All(pair.First, partition => Assert.Contains(partition.Topic, pair.Second.Topics)));
        }
    }, iter: Searches.Rounds(1_000));

    [Fact]
    public void Uniform_leaves_nobody_two_behind_another_of_equal_topics() => Group.Sample(group =>
    {
        int[][] alike = [.. group.Subscriptions.Select(_ => Enumerable.Range(0, group.Partitions.Length).ToArray())];
        var assigned = Uniform.Assign(Members(alike, []), topic => group.Partitions[Number(topic)]);
        Assert.True(assigned.Max(ofMember => ofMember.Count) - assigned.Min(ofMember => ofMember.Count) <= 1);
    }, iter: Searches.Rounds(1_000));

    [Fact]
    public void Uniform_leaves_no_move_of_one_partition_that_would_even_things_out() => Group.Sample(group =>
    {
        var members = Members(group.Subscriptions, []);
        var assigned = Uniform.Assign(members, topic => group.Partitions[Number(topic)]);
        for (int giver = 0; giver < members.Count; giver++)
        {
            foreach (var partition in assigned[giver])
            {
                var takers = Enumerable.Range(0, members.Count).Where(taker => members[taker].Topics.Contains(partition.Topic));
                Assert.All(takers, taker => Assert.True(assigned[giver].Count - assigned[taker].Count <= 1));
            }
        }
    }, iter: Searches.Rounds(1_000));

    [Fact]
    public void Uniform_moves_nothing_when_nothing_has_changed() => Group.Sample(group =>
    {
        var first = Uniform.Assign(Members(group.Subscriptions, []), topic => group.Partitions[Number(topic)]);
        var again = Uniform.Assign(Members(group.Subscriptions, first), topic => group.Partitions[Number(topic)]);
        Assert.All(first.Zip(again), pair => Assert.True(pair.First.SetEquals(pair.Second)));
    }, iter: Searches.Rounds(1_000));

    [Fact]
    public void Uniform_gives_a_newcomer_his_share_and_moves_nothing_else() => Group.Sample(group =>
    {
        int[][] alike = [.. group.Subscriptions.Select(_ => Enumerable.Range(0, group.Partitions.Length).ToArray())];
        var before = Uniform.Assign(Members(alike, []), topic => group.Partitions[Number(topic)]);
        var after = Uniform.Assign(Members([.. alike, alike[0]], before), topic => group.Partitions[Number(topic)]);
        Assert.All(before.Zip(after), pair => Assert.Subset(pair.First, pair.Second));
    }, iter: Searches.Rounds(1_000));

    [Fact]
    public void Uniform_leaves_those_that_stay_what_they_had_when_one_goes() => Group.Sample(group =>
    {
        int[][] alike = [.. group.Subscriptions.Select(_ => Enumerable.Range(0, group.Partitions.Length).ToArray()), [.. Enumerable.Range(0, group.Partitions.Length)]];
        var before = Uniform.Assign(Members(alike, []), topic => group.Partitions[Number(topic)]);
        var after = Uniform.Assign([.. Members(alike, before).Skip(1)], topic => group.Partitions[Number(topic)]);
        Assert.All(before.Skip(1).Zip(after), pair => Assert.Superset(pair.First, pair.Second));
    }, iter: Searches.Rounds(1_000));

    [Fact]
    public void Range_cuts_topics_of_the_same_size_alike()
    {
        var assigned = Range.Assign(Members([[0, 1], [0, 1], [0, 1]], []), _ => 7);
        Assert.Equal([[0, 1, 2], [3, 4], [5, 6]], assigned.Select(ofMember => PartitionsOf(ofMember, 0)));
        Assert.Equal([[0, 1, 2], [3, 4], [5, 6]], assigned.Select(ofMember => PartitionsOf(ofMember, 1)));
    }

    [Fact]
    public void Range_goes_by_instance_before_id()
    {
        AssignorMember[] members =
        [
            new("a", new HashSet<Guid> { Topic(0) }, new HashSet<TopicIdPartition>()),
            new("z", new HashSet<Guid> { Topic(0) }, new HashSet<TopicIdPartition>()) { InstanceId = "one" },
        ];
        Assert.Equal([[1], [0]], Range.Assign(members, _ => 2).Select(ofMember => PartitionsOf(ofMember, 0)));
    }

    private static int[] PartitionsOf(HashSet<TopicIdPartition> assigned, int topic) =>
        [.. assigned.Where(partition => partition.Topic == Topic(topic)).Select(partition => partition.Partition).Order()];

    private static List<AssignorMember> Members(int[][] subscriptions, IReadOnlyList<HashSet<TopicIdPartition>> targets) =>
        [.. subscriptions.Select((topics, at) => new AssignorMember(
            $"m{at}",
            topics.Select(Topic).ToHashSet(),
            at < targets.Count ? targets[at] : new HashSet<TopicIdPartition>()))];

    private static Guid Topic(int number) => new(number, 0, 0, new byte[8]);

    private static int Number(Guid topic) => BitConverter.ToInt32(topic.ToByteArray());
}
