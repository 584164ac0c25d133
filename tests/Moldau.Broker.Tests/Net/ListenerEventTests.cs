using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Moldau.Broker.Tests.Net;

/// <summary>What the log says of listeners and of handshakes that fail, to someone who does not know the words of the TLS library.</summary>
public sealed class ListenerEventTests : IDisposable
{
    private readonly EventLines _lines = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("moldau-listener-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

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
    public async Task A_client_in_the_clear_at_a_tls_port_is_told_as_one()
    {
        await using var broker = await KafkaBroker.StartAsync(new() { SaslPort = 0, LoggerFactory = _lines });
        using var client = new WireClient(broker.SaslBootstrapServers!);
        await client.SendRawAsync(Convert.FromHexString("0000001a0012000300000001000568656c6c6f00000000000000000000000000"));
        Assert.Contains("speaks in the clear", await _lines.WithAsync("TlsHandshakeFailed"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_does_not_trust_the_certificate_is_told_as_one()
    {
        await using var broker = await KafkaBroker.StartAsync(new() { SaslPort = 0, LoggerFactory = _lines });
        using var client = new WireClient(broker.SaslBootstrapServers!);
        await Assert.ThrowsAsync<AuthenticationException>(() => client.BeginTlsAsync("localhost", OtherAuthority()));
        Assert.Contains("does not trust this broker's certificate", await _lines.WithAsync("TlsHandshakeFailed"), StringComparison.Ordinal);
    }

    private string OtherAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=another", key, HashAlgorithmName.SHA256);
        using var other = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        string path = Path.Combine(_folder, "other.pem");
        File.WriteAllText(path, other.ExportCertificatePem());
        return path;
    }
}
