using System.Security.Authentication;
using Moldau.Broker.Net;

namespace Moldau.Broker.Tests.Net;

/// <summary>What the log says of listeners and of handshakes that fail, to someone who does not know the words of the TLS library.</summary>
public sealed class ListenerEventTests
{
    private readonly EventLines _lines = new();

    [Fact]
    public async Task A_listener_of_all_addresses_is_told_as_one()
    {
        var options = new KafkaBrokerOptions { LoggerFactory = _lines };
        options.Properties["listeners"] = "SASL_SSL://0.0.0.0:0";
        await using var broker = await KafkaBroker.StartAsync(options);
        string opened = await _lines.WithAsync("Listener SASL_SSL");
        Assert.Contains("of all addresses of this machine", opened, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listener_of_another_address_than_clients_are_told_is_told_with_both()
    {
        var options = new KafkaBrokerOptions { LoggerFactory = _lines };
        options.Properties["listeners"] = "PLAINTEXT://127.0.0.1:0";
        options.Properties["advertised.listeners"] = "PLAINTEXT://localhost:29292";
        await using var broker = await KafkaBroker.StartAsync(options);
        Assert.Matches("is open on 127\\.0\\.0\\.1:[0-9]+; clients are told localhost:29292$", await _lines.WithAsync("Listener PLAINTEXT"));
    }

    [Fact]
    public async Task A_client_in_the_clear_at_a_tls_port_is_told_as_one()
    {
        await using var broker = await KafkaBroker.StartAsync(new() { SaslPort = 0, LoggerFactory = _lines });
        using var client = new WireClient(broker.SaslBootstrapServers!);
        await client.SendRawAsync(Convert.FromHexString("0000001a0012000300000001000568656c6c6f00000000000000000000000000"));
        Assert.Contains("speaks in the clear", await _lines.WithAsync("TlsHandshakeFailed"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("error:0A000418:SSL routines::tlsv1 alert unknown ca", "does not trust this broker's certificate")]
    [InlineData("error:0A000412:SSL routines::sslv3 alert bad certificate", "does not trust this broker's certificate")]
    [InlineData("error:0A00042E:SSL routines::tlsv1 alert protocol version", "ssl.enabled.protocols")]
    [InlineData("Received an unexpected EOF or 0 bytes from the transport stream.", "went away within the handshake")]
    public void What_the_tls_library_says_is_explained(string said, string meaning)
    {
        var failure = new AuthenticationException("Authentication failed.", new IOException("SSL_ERROR_SSL", new IOException(said)));
        Assert.Contains(meaning, TlsFailure.Explain(failure), StringComparison.Ordinal);
        Assert.EndsWith($"({said})", TlsFailure.Explain(failure), StringComparison.Ordinal);
    }

    [Fact]
    public void What_has_no_explanation_is_told_as_it_was_said() =>
        Assert.Equal("never heard of", TlsFailure.Explain(new AuthenticationException("never heard of")));
}
