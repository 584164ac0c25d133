using Moldau.Broker.Config;
using Xunit;

namespace Moldau.Broker.Tests.Config;

public sealed class PropertiesFileTests
{
    [Theory]
    [InlineData("a=1", "a", "1")]
    [InlineData("a: 1", "a", "1")]
    [InlineData("a 1", "a", "1")]
    [InlineData("  a  =  1 ", "a", "1 ")]
    [InlineData("a", "a", "")]
    [InlineData("a=", "a", "")]
    [InlineData("a==1", "a", "=1")]
    [InlineData(@"a\=b=c", "a=b", "c")]
    [InlineData(@"a\ b\:c:d", "a b:c", "d")]
    [InlineData(@"a=C:\\data", "a", @"C:\data")]
    [InlineData(@"a=tab\there\u00e9", "a", "tab\there\u00e9")]
    [InlineData("a=one,\\\n    two", "a", "one,two")]
    [InlineData("a=x\\\\", "a", "x\\")]
    [InlineData("a=1\r\n", "a", "1")]
    [InlineData("a=b # no comment", "a", "b # no comment")]
    public void A_line_is_read_as_Java_reads_it(string text, string key, string value) =>
        Assert.Equal(new Dictionary<string, string> { [key] = value }, PropertiesFile.Parse(text));

    [Fact]
    public void Comments_and_blank_lines_are_skipped_and_the_last_value_counts() =>
        Assert.Equal(new Dictionary<string, string> { ["a"] = "2" }, PropertiesFile.Parse("# a=0\n\n  ! a=0\na=1\n\t\na=2"));

    [Fact]
    public void A_comment_is_not_continued() =>
        Assert.Equal(new Dictionary<string, string> { ["b"] = "1" }, PropertiesFile.Parse("# a \\\nb=1"));

    [Fact]
    public void Four_digits_must_follow_a_unicode_escape() => Assert.Throws<ConfigException>(() => PropertiesFile.Parse(@"a=\u12"));

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        var error = Assert.Throws<ConfigException>(() => PropertiesFile.Read("/no/such/server.properties"));
        Assert.Contains("/no/such/server.properties", error.Message, StringComparison.Ordinal);
    }
}
