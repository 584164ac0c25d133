using System.Net;
using Microsoft.Extensions.Time.Testing;
using Moldau.Broker.Handlers.Security;
using Moldau.Broker.Net;
using Moldau.Broker.Security;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Security;

public sealed class SaslSessionTests : IDisposable
{
    private static readonly Dictionary<string, string> Users = new() { ["bob"] = "secret", ["eve"] = "secret" };

    private readonly FakeTimeProvider _time = new();
    private readonly PasswordChecks _passwords = new();

    public void Dispose() => _passwords.Dispose();

    [Fact]
    public void Before_the_handshake_only_one_ApiVersions_is_answered_and_those_before_it_with_errors()
    {
        var login = Session();
        Assert.Equal(SaslAdmission.Serve, login.Admit(ApiKey.ApiVersions));
        Assert.Equal(SaslAdmission.Serve, login.Admit(ApiKey.ApiVersions));
        login.KnowsApiVersions();
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
    public async Task A_version_0_handshake_is_followed_by_bare_tokens()
    {
        var login = Session();
        login.Handshake("PLAIN", version: 0);
        Assert.True(login.AwaitsBareToken);
        Assert.Equal("bob", (await login.StepAsync("\0bob\0secret"u8, default)).User);
        Assert.False(login.AwaitsBareToken);
        Assert.Equal(KafkaPrincipal.User("bob"), login.Principal);
    }

    [Fact]
    public void A_mechanism_that_is_not_offered_is_refused() =>
        Assert.Equal(ErrorCode.UnsupportedSaslMechanism, Session().Handshake("GSSAPI", version: 1));

    [Fact]
    public async Task Where_sessions_do_not_expire_a_second_login_is_out_of_place()
    {
        var login = await LoggedInAsync(Session());
        Assert.Equal(ErrorCode.IllegalSaslState, login.Handshake("PLAIN", version: 1));
        Assert.Equal(SaslAdmission.Serve, login.Admit(ApiKey.Metadata));
    }

    [Fact]
    public async Task An_expired_session_serves_nothing_but_a_new_login()
    {
        var login = await LoggedInAsync(Session(sessionMs: 1000));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(ConnectionEnd.SessionExpired, Assert.Throws<ConnectionEndException>(() => login.Admit(ApiKey.Metadata)).End);
        Assert.Throws<ConnectionEndException>(() => login.Admit(ApiKey.ApiVersions));
        Assert.Throws<ConnectionEndException>(() => login.Admit(ApiKey.SaslAuthenticate));
        Assert.Equal(SaslAdmission.Serve, login.Admit(ApiKey.SaslHandshake));
        await LoggedInAsync(login);
        Assert.Equal(SaslAdmission.Serve, login.Admit(ApiKey.Metadata));
    }

    [Fact]
    public async Task A_second_login_may_not_be_somebody_elses()
    {
        var login = await LoggedInAsync(Session(sessionMs: 1000));
        login.Handshake("PLAIN", version: 1);
        var step = await login.StepAsync("\0eve\0secret"u8, default);
        Assert.NotNull(step.Refusal);
        Assert.Equal(KafkaPrincipal.User("bob"), login.Principal);
    }

    [Fact]
    public async Task A_second_login_may_not_be_by_another_mechanism()
    {
        var login = await LoggedInAsync(Session(sessionMs: 1000));
        Assert.Equal(ErrorCode.None, login.Handshake("SCRAM-SHA-256", version: 1));
        var step = await login.StepAsync("n,,n=bob,r=abc"u8, default);
        Assert.Contains("mechanism", step.Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_the_middle_of_a_login_an_unknown_version_of_ApiVersions_ends_the_connection_too()
    {
        var login = Session();
        login.Handshake("PLAIN", version: 1);
        byte[] request = [0, (byte)ApiKey.ApiVersions, 0, 99, 0, 0, 0, 1, 0xff, 0xff, 0];
        var broker = await RunningBroker.StartAsync(new KafkaBrokerOptions(), default);
        var (reply, _) = new Dispatcher(Apis.Bind(broker.Services)).Start(StateOf(login), new RequestHeadReader(), request, default);
        await broker.StopAsync();
        Assert.Equal(ErrorCode.IllegalSaslState, Assert.IsType<ApiVersionsResponse>(await reply.Answer).ErrorCode);
        Assert.Equal(ConnectionEnd.NotAuthenticated, reply.Context.EndAfterReply?.End);
    }

    [Fact]
    public async Task A_refusal_comes_after_a_delay()
    {
        var login = Session(refusalDelayMs: 100);
        login.Handshake("PLAIN", version: 1);
        var stepping = login.StepAsync("no login"u8, default);
        Assert.False(stepping.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.NotNull((await stepping).Refusal);
    }

    [Fact]
    public async Task A_mechanism_is_refused_after_the_same_delay()
    {
        var context = new RequestContext { Api = ApiKey.SaslHandshake, Version = 1, Sasl = Session(refusalDelayMs: 100) };
        var answering = new SaslHandshake().HandleAsync(context, new SaslHandshakeRequest { Mechanism = "GSSAPI" });
        Assert.False(answering.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(ErrorCode.UnsupportedSaslMechanism, (await answering)!.ErrorCode);
    }

    [Fact]
    public async Task Logins_on_one_connection_begin_again_no_more_often_than_each_second()
    {
        var login = await LoggedInAsync(Session(sessionMs: 10_000));
        await LoggedInAsync(login);
        Assert.Equal(ErrorCode.IllegalSaslState, login.Handshake("PLAIN", version: 1));
        _time.Advance(TimeSpan.FromSeconds(1));
        await LoggedInAsync(login);
    }

    [Fact]
    public void Sessions_last_as_their_mechanism_says()
    {
        var login = Session(sessionMs: 10_000);
        login.Handshake("PLAIN", version: 1);
        Assert.Equal(10_000, login.SessionMsMax);
        login = Session(sessionMs: 10_000);
        login.Handshake("SCRAM-SHA-256", version: 1);
        Assert.Equal(0, login.SessionMsMax);
    }

    [Fact]
    public async Task A_bare_token_is_refused_after_the_same_delay()
    {
        var login = Session(refusalDelayMs: 100);
        login.Handshake("PLAIN", version: 0);
        var (reply, _) = new Dispatcher([]).Start(StateOf(login), new RequestHeadReader(), "no login"u8.ToArray(), default);
        Assert.False(reply.Answer.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(ConnectionEnd.AuthenticationFailed, (await Assert.ThrowsAsync<ConnectionEndException>(() => reply.Answer.AsTask())).End);
    }

    [Fact]
    public async Task A_refusal_waits_no_longer_than_its_connection_lasts()
    {
        using var closed = new CancellationTokenSource();
        var login = Session(refusalDelayMs: 100);
        login.Handshake("PLAIN", version: 1);
        var stepping = login.StepAsync("no login"u8, closed.Token);
        await closed.CancelAsync();
        Assert.NotNull((await stepping).Refusal);
    }

    private static ConnectionState StateOf(SaslSession login) => new()
    {
        Id = 1,
        Listener = "TEST",
        Remote = new IPEndPoint(IPAddress.Loopback, 50_000),
        Advertised = new("localhost", 9092),
        Sasl = login,
    };

    private static async Task<SaslSession> LoggedInAsync(SaslSession login)
    {
        Assert.Equal(ErrorCode.None, login.Handshake("PLAIN", version: 1));
        Assert.Equal("bob", (await login.StepAsync("\0bob\0secret"u8, default)).User);
        return login;
    }

    private SaslSession Session(long sessionMs = 0, int refusalDelayMs = 0) =>
        new(
            new SaslOffer
            {
                Mechanisms = ["PLAIN", "SCRAM-SHA-256"],
                PlainUsers = Users,
                Scram = new FixedCredentials().Add(ScramMechanism.Sha256, "bob", "secret"),
                Passwords = _passwords,
                SessionMsMax = new Dictionary<string, long> { ["PLAIN"] = sessionMs },
                RefusalDelay = TimeSpan.FromMilliseconds(refusalDelayMs),
            },
            _time);
}
