using System.Text;
using Moldau.Broker.Security;
using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Tests.Security;

public sealed class ScramExchangeTests
{
    private static readonly byte[] Salt = FixedCredentials.Salt;

    private static readonly FixedCredentials Alice = new FixedCredentials().Add(ScramMechanism.Sha256, "alice", "secret");

    [Fact]
    public void The_right_password_logs_in_and_the_server_proves_itself()
    {
        var final = LogIn("secret");
        Assert.Equal("alice", final.User);
        Assert.StartsWith("v=", Encoding.UTF8.GetString(final.Challenge));
    }

    [Fact]
    public void A_wrong_password_is_refused_in_the_same_words_as_an_unknown_user()
    {
        string? wrongPassword = LogIn("wrong").Refusal;
        Assert.NotNull(wrongPassword);
        Assert.Equal(wrongPassword, First("n,,n=nobody,r=abc").Refusal);
    }

    [Fact]
    public void A_nonce_without_the_servers_half_is_refused()
    {
        var exchange = new ScramExchange(ScramMechanism.Sha256, Alice, () => "server");
        exchange.Step("n,,n=alice,r=client"u8);
        Assert.NotNull(exchange.Step(Final("r=client,s=AQIDBA==,i=4096", "n=alice,r=client", "client", "secret")).Refusal);
    }

    [Fact]
    public void The_nonce_may_have_the_clients_half_twice_as_old_clients_send_it()
    {
        var exchange = new ScramExchange(ScramMechanism.Sha256, Alice, () => "server");
        exchange.Step("n,,n=alice,r=client"u8);
        byte[] final = Final("r=clientserver,s=AQIDBA==,i=4096", "n=alice,r=client", "clientclientserver", "secret");
        Assert.Equal("alice", exchange.Step(final).User);
    }

    [Fact]
    public void A_played_back_login_is_refused_because_the_nonce_is_new()
    {
        byte[] recorded = Final("r=clientold,s=AQIDBA==,i=4096", "n=alice,r=client", "clientold", "secret");
        var exchange = new ScramExchange(ScramMechanism.Sha256, Alice, () => "new");
        exchange.Step("n,,n=alice,r=client"u8);
        Assert.NotNull(exchange.Step(recorded).Refusal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("n")]
    [InlineData("n,,n=alice")]
    [InlineData("n,,n=alice,r=")]
    [InlineData("n,,n=,r=abc")]
    [InlineData("n,,r=abc,n=alice")]
    [InlineData("n,,n=al=ice,r=abc")]
    [InlineData("n,,n=alice,r=a b")]
    [InlineData("n,,n=alice,r=ä")]
    [InlineData("y,,n=alice,r=abc")]
    [InlineData("p=tls-unique,,n=alice,r=abc")]
    [InlineData("n,m=ext,n=alice,r=abc")]
    [InlineData("n,,n=alice,r=abc,tokenauth=true")]
    [InlineData("n,a=bob,n=alice,r=abc")]
    public void A_first_message_that_does_not_fit_is_refused(string message) => Assert.NotNull(First(message).Refusal);

    [Theory]
    [InlineData("n,,n=alice,r=abc")]
    [InlineData("n,a=alice,n=alice,r=abc")]
    [InlineData("n,,n=alice,r=abc,foo=bar")]
    public void A_first_message_that_fits_is_continued(string message) => Assert.Null(First(message).Refusal);

    [Fact]
    public void A_comma_and_an_equals_sign_in_a_name_are_escaped()
    {
        Assert.True(ScramClientFirst.TryParse("n,,n=a=2Cb=3Dc,r=x", out var message));
        Assert.Equal("a,b=c", message.User);
    }

    [Fact]
    public void Nonces_of_the_server_differ()
    {
        string Challenge() => Encoding.UTF8.GetString(First("n,,n=alice,r=abc").Challenge);
        Assert.NotEqual(Challenge(), Challenge());
    }

    private static SaslStep First(string message) => new ScramExchange(ScramMechanism.Sha256, Alice).Step(Encoding.UTF8.GetBytes(message));

    private static SaslStep LogIn(string password)
    {
        var exchange = new ScramExchange(ScramMechanism.Sha256, Alice);
        string serverFirst = Encoding.UTF8.GetString(exchange.Step("n,,n=alice,r=client"u8).Challenge);
        string nonce = serverFirst.Split(',')[0][2..];
        return exchange.Step(Final(serverFirst, "n=alice,r=client", nonce, password));
    }

    /// <summary>What a client sends that was given this challenge.</summary>
    private static byte[] Final(string serverFirst, string clientFirstBare, string nonce, string password)
    {
        byte[] salted = Scram.SaltedPassword(ScramMechanism.Sha256, password, Salt, 4096);
        var credential = Scram.Credential(ScramMechanism.Sha256, salted, Salt, 4096);
        string withoutProof = $"c=biws,r={nonce}";
        byte[] authMessage = Encoding.UTF8.GetBytes($"{clientFirstBare},{serverFirst},{withoutProof}");
        byte[] signature = Scram.Mac(ScramMechanism.Sha256, credential.StoredKey, authMessage);
        byte[] proof = Scram.Mac(ScramMechanism.Sha256, salted, "Client Key"u8);
        for (int i = 0; i < proof.Length; i++) proof[i] ^= signature[i];
        return Encoding.UTF8.GetBytes($"{withoutProof},p={Convert.ToBase64String(proof)}");
    }
}
