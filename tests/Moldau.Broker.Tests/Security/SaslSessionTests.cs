using Microsoft.Extensions.Time.Testing;
using Moldau.Broker.Net;
using Moldau.Broker.Security;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;

namespace Moldau.Broker.Tests.Security;

public sealed class SaslSessionTests
{
    private static readonly Dictionary<string, string> Users = new() { ["bob"] = "secret", ["eve"] = "secret" };

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Before_the_handshake_only_one_ApiVersions_may_come()
    {
        var login = Session();
        Assert.Equal(SaslAdmission.Serve, login.Admit(ApiKey.ApiVersions));
        Assert.Equal(ConnectionEnd.NotAuthenticated, Assert.Throws<ConnectionEndException>(() => login.Admit(ApiKey.ApiVersions)).End);
    }

    [Theory]
    [InlineData((short)ApiKey.Metadata)]
    [InlineData((short)ApiKey.Produce)]
    [InlineData((short)ApiKey.SaslAuthenticate)]
    public void Before_the_handshake_nothing_else_may_come(short api) =>
        Assert.Throws<ConnectionEndException>(() => Session().Admit((ApiKey)api));

    [Fact]
    public void Between_handshake_and_login_other_requests_are_refused()
    {
        var login = Session();
        Assert.Equal(ErrorCode.None, login.Handshake("PLAIN", version: 1));
        Assert.Equal(SaslAdmission.RefuseAndClose, login.Admit(ApiKey.Metadata));
        Assert.Equal(SaslAdmission.RefuseAndClose, login.Admit(ApiKey.SaslHandshake));
        Assert.Equal(SaslAdmission.Serve, login.Admit(ApiKey.SaslAuthenticate));
    }

    [Fact]
    public void A_version_0_handshake_is_followed_by_bare_tokens()
    {
        var login = Session();
        login.Handshake("PLAIN", version: 0);
        Assert.True(login.AwaitsBareToken);
        Assert.Equal("bob", login.Step("\0bob\0secret"u8).User);
        Assert.False(login.AwaitsBareToken);
        Assert.Equal(KafkaPrincipal.User("bob"), login.Principal);
    }

    [Fact]
    public void A_mechanism_that_is_not_offered_is_refused() =>
        Assert.Equal(ErrorCode.UnsupportedSaslMechanism, Session().Handshake("GSSAPI", version: 1));

    [Fact]
    public void Where_sessions_do_not_expire_a_second_login_is_out_of_place()
    {
        var login = LoggedIn(Session());
        Assert.Equal(ErrorCode.IllegalSaslState, login.Handshake("PLAIN", version: 1));
        Assert.Equal(SaslAdmission.Serve, login.Admit(ApiKey.Metadata));
    }

    [Fact]
    public void An_expired_session_serves_nothing_but_a_new_login()
    {
        var login = LoggedIn(Session(sessionMs: 1000));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(ConnectionEnd.SessionExpired, Assert.Throws<ConnectionEndException>(() => login.Admit(ApiKey.Metadata)).End);
        Assert.Equal(SaslAdmission.Serve, login.Admit(ApiKey.SaslHandshake));
        LoggedIn(login);
        Assert.Equal(SaslAdmission.Serve, login.Admit(ApiKey.Metadata));
    }

    [Fact]
    public void A_second_login_may_not_be_somebody_elses()
    {
        var login = LoggedIn(Session(sessionMs: 1000));
        login.Handshake("PLAIN", version: 1);
        var step = login.Step("\0eve\0secret"u8);
        Assert.NotNull(step.Refusal);
        Assert.Equal(KafkaPrincipal.User("bob"), login.Principal);
    }

    private static SaslSession LoggedIn(SaslSession login)
    {
        Assert.Equal(ErrorCode.None, login.Handshake("PLAIN", version: 1));
        Assert.Equal("bob", login.Step("\0bob\0secret"u8).User);
        return login;
    }

    private SaslSession Session(long sessionMs = 0) =>
        new(new SaslOffer { Mechanisms = ["PLAIN"], PlainUsers = Users, Scram = new FixedCredentials(), SessionMsMax = sessionMs }, _time);
}
