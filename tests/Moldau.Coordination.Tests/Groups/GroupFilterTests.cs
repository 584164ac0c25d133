using Moldau.Coordination.Groups;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Groups;

public sealed class GroupFilterTests
{
    private static readonly ListGroupsResponse.ListedGroup Stable = new() { GroupId = "g", GroupState = "Stable", GroupType = "classic" };

    [Fact]
    public void Case_and_spaces_around_a_state_do_not_matter()
    {
        Assert.True(new GroupFilter([" stABLE "], []).Admits(Stable));
        Assert.False(new GroupFilter(["Sta ble"], []).Admits(Stable));
        Assert.False(new GroupFilter([" "], []).Admits(Stable));
    }

    [Fact]
    public void Spaces_around_a_type_are_a_part_of_it()
    {
        Assert.True(new GroupFilter([], ["Classic"]).Admits(Stable));
        Assert.False(new GroupFilter([], [" classic"]).Admits(Stable));
    }
}
