using Moldau.Broker.Config;
using Xunit;

namespace Moldau.Broker.Tests.Config;

public sealed class JaasLineTests
{
    private const string Key = "listener.name.x.plain.sasl.jaas.config";

    [Fact]
    public void Users_and_their_passwords_are_read()
    {
        const string Module = "org.apache.kafka.common.security.plain.PlainLoginModule";
        var line = JaasLine.Parse(Key, Module + """ required user_alice="alice-secret" user_bob='b "c"' other=1;""");
        Assert.Equal("PlainLoginModule", line.Module);
        Assert.Equal(new Dictionary<string, string> { ["alice"] = "alice-secret", ["bob"] = "b \"c\"" }, line.Users);
    }

    [Fact]
    public void A_quotation_mark_in_a_password_is_escaped() =>
        Assert.Equal("a\"b;=", JaasLine.Parse(Key, """M required user_x="a\"b;=";""").Users["x"]);

    [Fact]
    public void A_module_without_options_is_whole() => Assert.Empty(JaasLine.Parse(Key, "ScramLoginModule required;").Users);

    [Theory]
    [InlineData("")]
    [InlineData("PlainLoginModule required user_x=\"secret\"")]
    [InlineData("PlainLoginModule user_x=\"secret\";")]
    [InlineData("PlainLoginModule required user_x \"secret\";")]
    [InlineData("PlainLoginModule required user_x=;")]
    [InlineData("PlainLoginModule required user_x=\"secret;")]
    [InlineData("A required; B required;")]
    public void A_line_that_is_none_names_its_key_and_no_secret(string text)
    {
        var error = Assert.Throws<ConfigException>(() => JaasLine.Parse(Key, text));
        Assert.StartsWith(Key, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_never_prints_a_password() =>
        Assert.Equal("M with 1 users", JaasLine.Parse(Key, "M required user_x=\"secret\";").ToString());
}
