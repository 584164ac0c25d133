using Moldau.Cli.Clients;
using Moldau.Cli.Commands.Groups;
using Listed = Moldau.Protocol.Messages.ListGroupsResponse.ListedGroup;

namespace Moldau.Cli.Tests.Commands;

public class GroupRowsTests
{
    private static readonly GroupListing Brokers = new(
        new[]
        {
            Group("shop", "consumer", "consumer", "Reconciling"),
            Group("old", "consumer", "classic", "Empty"),
            Group("offsets-only", "", "classic", "Empty"),
            Group("connect", "connect", "classic", "Stable"),
            Group("queue", "share", "share", "Stable"),
        }.ToDictionary(group => group.GroupId),
        []);

    [Fact]
    public void Groups_of_classic_members_that_are_no_consumers_are_left_out() =>
        Assert.Equal(["offsets-only", "old", "queue", "shop"], GroupRows.Of(Brokers, [], []).Select(group => group.GroupId));

    [Fact]
    public void A_group_is_listed_if_it_fits_each_filter_whatever_its_capitals()
    {
        Assert.Equal(["offsets-only", "old"], GroupRows.Of(Brokers, ["empty"], []).Select(group => group.GroupId));
        Assert.Equal(["queue"], GroupRows.Of(Brokers, ["Stable", "Empty"], ["SHARE"]).Select(group => group.GroupId));
    }

    private static Listed Group(string id, string protocol, string type, string state) =>
        new() { GroupId = id, ProtocolType = protocol, GroupType = type, GroupState = state };
}
