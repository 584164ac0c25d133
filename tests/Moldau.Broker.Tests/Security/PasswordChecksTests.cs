using Moldau.Broker.Net;
using Moldau.Broker.Security;
using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Tests.Security;

public sealed class PasswordChecksTests : IDisposable
{
    private readonly PasswordChecks _passwords = new();
    private readonly ManualResetEventSlim _goesOn = new();

    public void Dispose()
    {
        _goesOn.Set();
        _passwords.Dispose();
        _goesOn.Dispose();
    }

    [Fact]
    public async Task Logins_that_come_at_once_are_checked_by_one_thread_which_is_not_theirs()
    {
        var credentials = new WatchedCredentials();
        var logins = Enumerable.Range(0, 8).Select(_ => Login(credentials)).ToArray();
        var steps = await Task.WhenAll(logins.Select(login => Task.Run(() => login.StepAsync("\0alice\0wrong"u8, default).AsTask())));
        Assert.All(steps, step => Assert.NotNull(step.Refusal));
        Assert.Equal("Moldau passwords", Assert.Single(credentials.Askers));
    }

    [Fact]
    public async Task A_right_password_logs_in()
    {
        var login = Login(new FixedCredentials().Add(ScramMechanism.Sha256, "alice", "secret"));
        Assert.Equal("alice", (await login.StepAsync("\0alice\0secret"u8, default)).User);
        Assert.True(login.IsAuthenticated);
    }

    [Fact]
    public async Task Beyond_the_bound_a_connection_is_closed_and_those_that_wait_are_checked()
    {
        var waiting = await BlockAsync();
        for (int i = 0; i < PasswordChecks.WaitingMax; i++) waiting.Add(_passwords.RunAsync(Accept, default));
        var refused = await Assert.ThrowsAsync<ConnectionEndException>(() => _passwords.RunAsync(Accept, default));
        Assert.Equal(ConnectionEnd.TooManyLogins, refused.End);
        _goesOn.Set();
        Assert.All(await Task.WhenAll(waiting), step => Assert.Equal("alice", step.User));
    }

    [Fact]
    public async Task The_password_of_a_connection_that_is_closed_meanwhile_is_not_checked()
    {
        await BlockAsync();
        bool isChecked = false;
        using var closed = new CancellationTokenSource();
        var waiting = _passwords.RunAsync(
            () =>
            {
                isChecked = true;
                return Accept();
            },
            closed.Token);
        await closed.CancelAsync();
        _goesOn.Set();
        Assert.Null((await waiting).User);
        Assert.False(isChecked);
    }

    [Fact]
    public async Task A_check_that_fails_is_its_own_login_only()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => _passwords.RunAsync(() => throw new InvalidOperationException("a bug"), default));
        Assert.Equal("alice", (await _passwords.RunAsync(Accept, default)).User);
    }

    private static SaslStep Accept() => SaslStep.Done("alice", []);

    /// <summary>A check that is under way until the test goes on.</summary>
    private async Task<List<Task<SaslStep>>> BlockAsync()
    {
        var began = new TaskCompletionSource();
        var blocking = _passwords.RunAsync(
            () =>
            {
                began.SetResult();
                _goesOn.Wait();
                return Accept();
            },
            default);
        await began.Task;
        return [blocking];
    }

    private SaslSession Login(IScramCredentials credentials)
    {
        var login = new SaslSession(new SaslOffer { Mechanisms = ["PLAIN"], Scram = credentials, Passwords = _passwords }, TimeProvider.System);
        login.Handshake("PLAIN", version: 1);
        return login;
    }

    /// <summary>Nobody's, and on which threads they were looked for: keys are derived where they are.</summary>
    private sealed class WatchedCredentials : IScramCredentials
    {
        private readonly HashSet<string> _askers = [];

        public string[] Askers { get { lock (_askers) return [.. _askers]; } }

        public ScramCredential? Find(ScramMechanism mechanism, string user)
        {
            lock (_askers) _askers.Add(Thread.CurrentThread.Name ?? "");
            return null;
        }
    }
}
