using System.Text;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Tests.Terminal;

public class ProcessArgumentsTests
{
    [Theory]
    [InlineData("moldau|--password|cat|consume|cats|", "moldau|--password|xxx|consume|cats|")]
    [InlineData("moldau|--password=cat|concat|", "moldau|--password=xxx|concat|")]
    [InlineData("moldau|--password:cat|user:cats|", "moldau|--password:xxx|user:cats|")]
    [InlineData("cat|--password|cat|", "cat|--password|xxx|")]
    public void A_secret_is_overwritten_where_it_is_an_argument(string before, string after)
    {
        byte[] arguments = Encoding.UTF8.GetBytes(before.Replace('|', '\0'));
        ProcessArguments.Overwrite(arguments, "cat"u8);
        Assert.Equal(after, Encoding.UTF8.GetString(arguments).Replace('\0', '|'));
    }
}
