using Moldau.Cli.Terminal;

namespace Moldau.Cli.Tests.Terminal;

public class FailureLinesTests
{
    [Fact]
    public void What_a_failure_quotes_is_bounded_and_cannot_take_over_the_terminal()
    {
        string[] lines = [.. FailureLines.Of(["\u001b[2Jone", new string('x', 10_000), .. Enumerable.Repeat("more", 100)])];
        Assert.Equal(@"\u001b[2Jone", lines[0]);
        Assert.Equal(new string('x', 500) + " ...", lines[1]);
        Assert.Equal((21, "... and 82 lines more."), (lines.Length, lines[^1]));
    }
}
