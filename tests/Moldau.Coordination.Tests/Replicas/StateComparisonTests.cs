using System.Collections.Immutable;

namespace Moldau.Coordination.Tests.Replicas;

public sealed class StateComparisonTests
{
    [Fact]
    public void Difference_is_told_by_the_way_to_it() => Assert.Equal(
        "[g]._members[1].Epoch is 2, and 3 in the replica",
        Difference(Groups(new Member("a", 1), new Member("b", 2)), Groups(new Member("a", 1), new Member("b", 3))));

    [Fact]
    public void States_of_the_same_content_have_no_difference() =>
        Assert.Null(Difference(Groups(new Member("a", 1)), Groups(new Member("a", 1))));

    [Fact]
    public void Fields_of_the_base_are_compared() => Assert.Equal(
        "[g].Id is 'x', and 'y' in the replica",
        Difference(new Dictionary<string, Named> { ["g"] = new Group("x") }, new Dictionary<string, Named> { ["g"] = new Group("y") }));

    [Fact]
    public void Members_too_many_or_too_few_are_told() => Assert.Equal(
        ("[g]._members.Count is 2, and 1 in the replica", "[g]._members.Count is 1, and 2 in the replica"),
        (Difference(Groups(new Member("a", 1), new Member("b", 2)), Groups(new Member("a", 1))),
            Difference(Groups(new Member("a", 1)), Groups(new Member("a", 1), new Member("b", 2)))));

    [Fact]
    public void Dictionaries_and_sets_have_no_order()
    {
        Assert.Null(Difference(new Dictionary<int, string> { [1] = "a", [2] = "b" }, new Dictionary<int, string> { [2] = "b", [1] = "a" }));
        Assert.Null(Difference(new HashSet<int> { 1, 2 }, ImmutableHashSet.Create(2, 1)));
    }

    [Fact]
    public void What_only_one_of_two_has_is_told() => Assert.Equal(
        new[] { "[1] is not in the replica", "[2] is in the replica alone", "[1] is not in the replica", "[2] is in the replica alone" },
        new[]
        {
            Difference(new HashSet<int> { 1 }, new HashSet<int> { 2 }),
            Difference(new HashSet<int>(), new HashSet<int> { 2 }),
            Difference(new Dictionary<int, int> { [1] = 0 }, new Dictionary<int, int> { [2] = 0 }),
            Difference(new Dictionary<int, int>(), new Dictionary<int, int> { [2] = 0 }),
        });

    [Fact]
    public void Lists_and_ordered_dictionaries_have_an_order()
    {
        Assert.NotNull(Difference(new List<int> { 1, 2 }, new List<int> { 2, 1 }));
        Assert.NotNull(Difference(new OrderedDictionary<int, int> { [1] = 0, [2] = 0 }, new OrderedDictionary<int, int> { [2] = 0, [1] = 0 }));
    }

    [Fact]
    public void Nothing_is_not_the_same_as_empty() =>
        Assert.Equal(".Bytes is null, and [] in the replica", Difference(new Blob(null), new Blob([])));

    [Fact]
    public void Bytes_are_compared_by_what_they_are() =>
        Assert.Equal(".Bytes is [0102], and [0103] in the replica", Difference(new Blob([1, 2]), new Blob([1, 3])));

    [Fact]
    public void What_is_not_stored_is_left_out_by_its_name()
    {
        var comparison = new StateComparison("Member.Epoch");
        Assert.Null(comparison.Difference(new Member("a", 1), new Member("a", 2)));
        Assert.Equal(".Id is 'a', and 'b' in the replica", comparison.Difference(new Member("a", 1), new Member("b", 2)));
    }

    [Fact]
    public void What_nothing_says_how_to_compare_is_no_state()
    {
        Assert.Throws<NotSupportedException>(() => Difference(new TimeSpan(1), new TimeSpan(2)));
        Assert.Throws<NotSupportedException>(() => Difference(new HashSet<Group>(), new HashSet<Group>()));
    }

    private static string? Difference(object? live, object? replica) => StateComparison.OfAll.Difference(live, replica);

    private static Dictionary<string, Group> Groups(params List<Member> members) => new() { ["g"] = new Group("g", members) };

    private sealed record Member(string Id, int Epoch);

    private sealed record Blob(byte[]? Bytes);

    private abstract class Named(string id)
    {
        public string Id { get; } = id;
    }

    private sealed class Group(string id, params List<Member> members) : Named(id)
    {
        private readonly List<Member> _members = members;

        public int Count => _members.Count;
    }
}
