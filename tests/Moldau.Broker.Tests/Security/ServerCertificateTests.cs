using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
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
        Load("kafka.example");
        Assert.True(ServerOf(Tls).MatchesHostname(name));
    }

    [Fact]
    public void It_is_signed_by_the_authority_that_clients_are_given()
    {
        var certificate = Load();
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(certificate.CaPath));
        Assert.True(chain.Build(ServerOf(Tls)));
    }

    [Fact]
    public void A_restart_keeps_authority_and_certificate()
    {
        Load();
        string ca = File.ReadAllText(Path.Combine(Tls, "ca.pem")), server = File.ReadAllText(Path.Combine(Tls, "server.pem"));
        Load();
        Assert.Equal(ca, File.ReadAllText(Path.Combine(Tls, "ca.pem")));
        Assert.Equal(server, File.ReadAllText(Path.Combine(Tls, "server.pem")));
    }

    [Fact]
    public void A_new_name_renews_the_certificate_but_not_the_authority()
    {
        Load();
        string ca = File.ReadAllText(Path.Combine(Tls, "ca.pem"));
        Load("other.example");
        Assert.Equal(ca, File.ReadAllText(Path.Combine(Tls, "ca.pem")));
        Assert.True(ServerOf(Tls).MatchesHostname("other.example"));
    }

    [Fact]
    public void Keys_are_readable_by_their_owner_only()
    {
        if (OperatingSystem.IsWindows()) return;
        Load();
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        foreach (string key in Directory.GetFiles(Tls, "*.key")) Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(key) & others);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Tls) & others);
    }

    [Fact]
    public void Options_name_the_versions_that_are_configured() =>
        Assert.Equal(SslProtocols.Tls13, Load().Options(SslProtocols.Tls13).EnabledSslProtocols);

    [Fact]
    public void A_certificate_that_ends_soon_is_renewed_while_the_broker_runs()
    {
        var certificate = Load();
        string before = File.ReadAllText(Path.Combine(Tls, "server.pem"));
        _time.Advance(TimeSpan.FromDays(380));
        Assert.True(EndOf(certificate) > _time.GetUtcNow().AddDays(300));
        Assert.NotEqual(before, File.ReadAllText(Path.Combine(Tls, "server.pem")));
    }

    [Fact]
    public void A_renewed_certificate_that_cannot_be_kept_serves_all_the_same()
    {
        var certificate = Load();
        Directory.Delete(Tls, recursive: true);
        File.WriteAllText(Tls, "in the way");
        _time.Advance(TimeSpan.FromDays(380));
        Assert.True(EndOf(certificate) > _time.GetUtcNow().AddDays(300));
    }

    [Theory]
    [InlineData("ca.pem")]
    [InlineData("ca.key")]
    public void An_authority_that_cannot_be_used_any_more_is_made_anew_and_the_operator_is_told(string damaged)
    {
        Load();
        Assert.Empty(_told.Messages);
        File.WriteAllText(Path.Combine(Tls, damaged), "damaged");
        Load();
        Assert.Contains(Path.Combine(Tls, "ca.pem"), Assert.Single(_told.Messages), StringComparison.Ordinal);
    }

    private readonly RecordingLogger _told = new();

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    private ServerCertificate Load(params string[] extraNames) => ServerCertificate.Load(Tls, extraNames, _told, time: _time);

    private static DateTime EndOf(ServerCertificate certificate) =>
        certificate.Options(SslProtocols.None).ServerCertificateContext!.TargetCertificate.NotAfter.ToUniversalTime();

    private static X509Certificate2 ServerOf(string directory) =>
        X509CertificateLoader.LoadCertificateFromFile(Path.Combine(directory, "server.pem"));
}
