using Moldau.Cli.Terminal;

namespace Moldau.Cli.Tests.Terminal;

public class SafeTextTests
{
    [Theory]
    [InlineData("a\nb\n", @"a\nb\n")]
    [InlineData("a\tb\r", @"a\tb\r")]
    [InlineData("a\u202eb\u2066\u200f", @"a\u202eb\u2066\u200f")]
    [InlineData("a\u001b[31m", @"a\u001b[31m")]
    [InlineData("é \\ 日本 שלום", "é \\ 日本 שלום")]
    public void A_name_stays_in_its_line_and_turns_nothing_around(string name, string shown) => Assert.Equal(shown, SafeText.Named(name));

    [Theory]
    [InlineData("a\tb\n", "a\tb")]
    [InlineData("שלום\u200f!", "שלום\u200f!")]
    [InlineData("a\u001bb", @"a\u001bb")]
    public void A_message_keeps_its_tabs_and_its_direction(string text, string shown) => Assert.Equal(shown, SafeText.Of(text));
}
