using System.Security.Authentication;
using System.Text;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Net;

/// <summary>The SASL_SSL listener of a whole broker, with the certificate that it made for itself.</summary>
public sealed class TlsListenerTests : IAsyncLifetime
{
    private KafkaBroker _broker = null!;

    public async ValueTask InitializeAsync() => _broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions { SaslPort = 0 });

    public async ValueTask DisposeAsync() => await _broker.DisposeAsync();

    [Fact]
    public async Task The_first_user_logs_in_and_is_served()
    {
        using var client = await ConnectAsync("localhost");
        Assert.Equal(ErrorCode.None, (await LogInAsync(client, _broker.Credentials!.Password)).ErrorCode);
        Assert.Single((await MetadataAsync(client)).Brokers);
    }

    [Fact]
    public async Task A_wrong_password_is_told_before_the_connection_is_closed()
    {
        using var client = await ConnectAsync("localhost");
        var answer = await LogInAsync(client, "wrong");
        Assert.Equal(ErrorCode.SaslAuthenticationFailed, answer.ErrorCode);
        Assert.NotEqual("", answer.ErrorMessage);
        Assert.Null(await client.ReceiveFrameAsync());
    }

    [Theory]
    [InlineData("localhost", "localhost")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    public async Task Clients_are_told_the_address_that_they_dialled(string dialled, string told)
    {
        using var client = await ConnectAsync(dialled);
        await LogInAsync(client, _broker.Credentials!.Password);
        var broker = Assert.Single((await MetadataAsync(client)).Brokers);
        Assert.Equal(_broker.SaslBootstrapServers!.Replace("127.0.0.1", told, StringComparison.Ordinal), $"{broker.Host}:{broker.Port}");
    }

    [Fact]
    public async Task A_name_that_is_not_the_brokers_fails_at_the_client()
    {
        using var client = new WireClient(_broker.SaslBootstrapServers!);
        await Assert.ThrowsAsync<AuthenticationException>(() => client.BeginTlsAsync("elsewhere.example", _broker.CaCertificatePath!));
    }

    [Fact]
    public async Task An_address_of_IPv4_is_limited_as_such_on_a_listener_for_all_addresses()
    {
        var options = new KafkaBrokerOptions();
        options.Properties["listeners"] = "SASL_SSL://:0";
        options.Properties["max.connections.per.ip.overrides"] = "127.0.0.1:1";
        await using var open = await KafkaBroker.StartAsync(options);
        string address = open.SaslBootstrapServers!.Replace("localhost", "127.0.0.1", StringComparison.Ordinal);
        using var first = new WireClient(address);
        await first.BeginTlsAsync("localhost", open.CaCertificatePath!);
        using var second = new WireClient(address);
        await Assert.ThrowsAnyAsync<IOException>(() => second.BeginTlsAsync("localhost", open.CaCertificatePath!));
    }

    [Fact]
    public void A_broker_in_memory_writes_no_key_that_a_kill_would_leave_behind() =>
        Assert.Empty(Directory.EnumerateFiles(Path.GetDirectoryName(_broker.CaCertificatePath!)!, "*.key"));

    [Fact]
    public async Task A_stopped_broker_in_memory_leaves_no_certificate_behind()
    {
        string ca = _broker.CaCertificatePath!;
        Assert.True(File.Exists(ca));
        await _broker.StopAsync();
        Assert.False(Directory.Exists(Path.GetDirectoryName(ca)));
    }

    private async Task<WireClient> ConnectAsync(string dialled)
    {
        var client = new WireClient(_broker.SaslBootstrapServers!);
        await client.BeginTlsAsync(dialled, _broker.CaCertificatePath!);
        return client;
    }

    private async Task<SaslAuthenticateResponse> LogInAsync(WireClient client, string password)
    {
        var handshake = await client.AskAsync<SaslHandshakeRequest, SaslHandshakeResponse>(new() { Mechanism = "PLAIN" }, 1);
        Assert.Equal(ErrorCode.None, handshake.ErrorCode);
        byte[] token = Encoding.UTF8.GetBytes($"\0{_broker.Credentials!.UserName}\0{password}");
        return await client.AskAsync<SaslAuthenticateRequest, SaslAuthenticateResponse>(new() { AuthBytes = token }, 2);
    }

    private static Task<MetadataResponse> MetadataAsync(WireClient client) =>
        client.AskAsync<MetadataRequest, MetadataResponse>(new() { Topics = [] }, 9);
}
