using Moldau.Cli.Clients;

namespace Moldau.Cli.Tests.Clients;

public class NearestNameTests
{
    [Theory]
    [InlineData("billng", "billing")]
    [InlineData("Billing", "billing")]
    [InlineData("shpo", "shop")]
    [InlineData("ab", "a")]
    [InlineData("warehouse", null)]
    [InlineData("", "a")]
    public void The_name_with_the_fewest_slips_is_meant(string typed, string? meant) => Assert.Equal(meant, NearestName.Of(typed, ["shop", "billing", "a", "billings-2"]));

    [Fact]
    public void Where_none_exists_none_is_meant() => Assert.Null(NearestName.Of("g", []));
}
