using System.Text;
using Moldau.Broker.Security;
using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Tests.Security;

public sealed class PlainExchangeTests
{
    private static readonly Dictionary<string, string> Users = new() { ["bob"] = "bob-secret" };

    private static readonly FixedCredentials Alice = new FixedCredentials().Add(ScramMechanism.Sha512, "alice", "secret");

    [Theory]
    [InlineData("\0bob\0bob-secret", "bob")]
    [InlineData("bob\0bob\0bob-secret", "bob")]
    [InlineData("\0alice\0secret", "alice")]
    public void Users_of_the_configuration_and_of_scram_log_in(string token, string user) => Assert.Equal(user, Step(token).User);

    [Theory]
    [InlineData("\0bob\0wrong")]
    [InlineData("\0nobody\0bob-secret")]
    [InlineData("\0alice\0wrong")]
    [InlineData("alice\0bob\0bob-secret")]
    [InlineData("\0bob\0")]
    [InlineData("\0\0bob-secret")]
    [InlineData("bob")]
    [InlineData("")]
    [InlineData("\0bob\0bob-secret\0")]
    public void Everything_else_is_refused(string token)
    {
        var step = Step(token);
        Assert.Null(step.User);
        Assert.NotNull(step.Refusal);
    }

    [Fact]
    public void A_user_of_the_configuration_does_not_log_in_with_a_scram_password()
    {
        var users = new Dictionary<string, string> { ["alice"] = "configured" };
        Assert.Null(Settled(new PlainExchange(users, Alice).Step("\0alice\0secret"u8)).User);
    }

    [Fact]
    public void The_refusal_does_not_tell_whether_the_user_exists() =>
        Assert.Equal(Step("\0bob\0wrong").Refusal, Step("\0nobody\0wrong").Refusal);

    [Fact]
    public void The_refusal_does_not_repeat_the_password() => Assert.DoesNotContain("hunter2", Step("\0bob\0hunter2").Refusal);

    [Fact]
    public void Nothing_dear_is_computed_before_it_is_the_logins_turn() =>
        Assert.NotNull(new PlainExchange(Users, Alice).Step("\0alice\0secret"u8).Check);

    private static SaslStep Step(string token) => Settled(new PlainExchange(Users, Alice).Step(Encoding.UTF8.GetBytes(token)));

    private static SaslStep Settled(SaslStep step) => step.Check?.Invoke() ?? step;

    [Theory]
    [InlineData(4_096)]
    [InlineData(8_192)]
    [InlineData(16_384)]
    public void A_login_costs_as_much_whatever_the_iterations_of_its_user(int iterations) =>
        Assert.Equal(ScramDecisions.IterationsMax, iterations + Scram.IterationsLeft(new ScramCredential([], [], [], iterations)));
}
