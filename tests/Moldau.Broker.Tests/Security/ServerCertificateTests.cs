using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Moldau.Broker.Security;

namespace Moldau.Broker.Tests.Security;

public sealed class ServerCertificateTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("moldau-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Tls => Path.Combine(_directory, "tls");

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("kafka.example")]
    public void The_servers_certificate_holds_the_names_that_clients_dial(string name)
    {
        ServerCertificate.Load(Tls, ["kafka.example"]);
        Assert.True(ServerOf(Tls).MatchesHostname(name));
    }

    [Fact]
    public void It_is_signed_by_the_authority_that_clients_are_given()
    {
        var certificate = ServerCertificate.Load(Tls, []);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(certificate.CaPath));
        Assert.True(chain.Build(ServerOf(Tls)));
    }

    [Fact]
    public void A_restart_keeps_authority_and_certificate()
    {
        ServerCertificate.Load(Tls, []);
        string ca = File.ReadAllText(Path.Combine(Tls, "ca.pem")), server = File.ReadAllText(Path.Combine(Tls, "server.pem"));
        ServerCertificate.Load(Tls, []);
        Assert.Equal(ca, File.ReadAllText(Path.Combine(Tls, "ca.pem")));
        Assert.Equal(server, File.ReadAllText(Path.Combine(Tls, "server.pem")));
    }

    [Fact]
    public void A_new_name_renews_the_certificate_but_not_the_authority()
    {
        ServerCertificate.Load(Tls, []);
        string ca = File.ReadAllText(Path.Combine(Tls, "ca.pem"));
        ServerCertificate.Load(Tls, ["other.example"]);
        Assert.Equal(ca, File.ReadAllText(Path.Combine(Tls, "ca.pem")));
        Assert.True(ServerOf(Tls).MatchesHostname("other.example"));
    }

    [Fact]
    public void Keys_are_readable_by_their_owner_only()
    {
        if (OperatingSystem.IsWindows()) return;
        ServerCertificate.Load(Tls, []);
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        foreach (string key in Directory.GetFiles(Tls, "*.key")) Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(key) & others);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Tls) & others);
    }

    [Fact]
    public void Options_name_the_versions_that_are_configured() =>
        Assert.Equal(SslProtocols.Tls13, ServerCertificate.Load(Tls, []).Options(SslProtocols.Tls13).EnabledSslProtocols);

    private static X509Certificate2 ServerOf(string directory) =>
        X509CertificateLoader.LoadCertificateFromFile(Path.Combine(directory, "server.pem"));
}
