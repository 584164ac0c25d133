using CsCheck;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Assignors;

namespace Moldau.Coordination.Tests.Groups;

public sealed class SimpleAssignorTests
{
    private static readonly Guid Topic = ScenarioTopics.IdOf("t"), Other = ScenarioTopics.IdOf("u");

    private static readonly Gen<(int Members, int Partitions)> Sizes = Gen.Select(Gen.Int[1, 20], Gen.Int[1, 30]);

    [Fact]
    public void Every_partition_has_as_many_members_as_it_takes_for_each_member_to_have_one() => Sizes.Sample(size =>
    {
        var assigned = Assign(Members(size.Members), size.Partitions);
        int sharing = (size.Members + size.Partitions - 1) / size.Partitions;
        foreach (var partition in Partitions(size.Partitions)) Assert.Equal(sharing, assigned.Count(has => has.Contains(partition)));
    });

    [Fact]
    public void No_member_has_two_more_than_another() => Sizes.Sample(size =>
    {
        var counts = Assign(Members(size.Members), size.Partitions).Select(has => has.Count).ToList();
        Assert.InRange(counts.Max() - counts.Min(), 0, 1);
    });

    [Fact]
    public void An_assignment_that_fits_stays_as_it_is() => Sizes.Sample(size =>
    {
        var first = Assign(Members(size.Members), size.Partitions);
        var again = Assign([.. first.Select((has, index) => new AssignorMember($"m{index}", new HashSet<Guid> { Topic }, has))], size.Partitions);
        foreach (var (before, after) in first.Zip(again)) Assert.True(before.SetEquals(after));
    });

    [Fact]
    public void Members_that_are_new_take_no_more_than_they_are_to_have() => Gen.Select(Sizes, Gen.Int[1, 5]).Sample((size, more) =>
    {
        var first = Assign(Members(size.Members), size.Partitions);
        AssignorMember[] all =
        [
            .. first.Select((has, index) => new AssignorMember($"m{index}", new HashSet<Guid> { Topic }, has)),
            .. Enumerable.Range(size.Members, more).Select(index => new AssignorMember($"m{index}", new HashSet<Guid> { Topic }, new HashSet<TopicIdPartition>())),
        ];
        var then = Assign(all, size.Partitions);
        foreach (var partition in Partitions(size.Partitions)) Assert.Contains(then, has => has.Contains(partition));
        Assert.All(then, has => Assert.NotEmpty(has));
    });

    [Fact]
    public void Members_of_different_topics_divide_each_topic_by_itself()
    {
        AssignorMember[] members = [Member("m", Topic), Member("n", Other), Member("o", Topic, Other)];
        var assigned = SimpleAssignor.Assign(members, topic => [new(topic, 0), new(topic, 1)]);
        Assert.Equal([1, 1, 2], assigned.Select(has => has.Count));
        Assert.All(assigned[0], partition => Assert.Equal(Topic, partition.Topic));
        Assert.All(assigned[1], partition => Assert.Equal(Other, partition.Topic));
    }

    [Fact]
    public void Without_partitions_that_can_be_assigned_nobody_has_any() =>
        Assert.All(SimpleAssignor.Assign(Members(3), _ => []), has => Assert.Empty(has));

    private static AssignorMember Member(string id, params Guid[] topics) => new(id, topics.ToHashSet(), new HashSet<TopicIdPartition>());

    private static AssignorMember[] Members(int count) => [.. Enumerable.Range(0, count).Select(index => Member($"m{index}", Topic))];

    private static IEnumerable<TopicIdPartition> Partitions(int count) => Enumerable.Range(0, count).Select(index => new TopicIdPartition(Topic, index));

    private static IReadOnlyList<HashSet<TopicIdPartition>> Assign(IReadOnlyList<AssignorMember> members, int partitions) =>
        SimpleAssignor.Assign(members, _ => Partitions(partitions));
}
