using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Moldau.Broker.Security;

/// <summary>
/// The broker's own certificate authority and the server certificate that it signs, made at the first start and kept. The authority lives
/// for ten years, so that clients need to be told of it once; the server's certificate is renewed by itself, also while the broker runs.
/// </summary>
internal sealed class ServerCertificate
{
    private const string CaName = "ca", ServerName = "server";
    private static readonly TimeSpan CaLifetime = TimeSpan.FromDays(3650);
    private static readonly TimeSpan ServerLifetime = TimeSpan.FromDays(397); // Some clients refuse more than 398 days.
    private static readonly TimeSpan RenewedBeforeEnd = TimeSpan.FromDays(30);
    private static readonly TimeSpan ClockSkew = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly CertificateFiles _files;
    private readonly string[] _names;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly X509Certificate2 _ca;
    private X509Certificate2 _server;
    private SslStreamCertificateContext? _context;

    private ServerCertificate(CertificateFiles files, string[] names, ILogger logger, TimeProvider time)
    {
        _files = files;
        _names = names;
        _logger = logger;
        _time = time;
        _ca = ReadValid(CaName) ?? MakeCa();
        _server = ReadServer() ?? MakeServer(_files.Write);
    }

    /// <summary>What clients are given to trust.</summary>
    public string CaPath => _files.PathOf(CaName);

    /// <param name="directory">The <c>tls</c> folder.</param>
    /// <param name="extraNames">Host names that clients dial beside the usual ones, such as the advertised ones.</param>
    /// <param name="logger">Is told of a renewal that could not be kept, and of an authority that clients must be given anew.</param>
    /// <param name="keepsKeys">
    /// False for a folder that is not kept: a broker that is killed leaves it behind, and there must be no authority's key in it.
    /// </param>
    /// <param name="time">Real time, but for tests: a client checks certificates with its own clock, whatever the broker's is.</param>
    public static ServerCertificate Load(
        string directory, IEnumerable<string> extraNames, ILogger logger, bool keepsKeys = true, TimeProvider? time = null)
    {
        string[] names = ["localhost", Dns.GetHostName(), "127.0.0.1", "::1", .. extraNames];
        string[] distinct = [.. names.Distinct(StringComparer.OrdinalIgnoreCase)];
        return new ServerCertificate(new CertificateFiles(directory, keepsKeys), distinct, logger, time ?? TimeProvider.System);
    }

    public SslServerAuthenticationOptions Options(SslProtocols versions)
    {
        lock (_lock)
        {
            if (EndsSoon(_server))
            {
                _server = MakeServer(TryWrite);
                _context = null;
            }
            _context ??= ContextOf(_server);
            return new() { ServerCertificateContext = _context, EnabledSslProtocols = versions, AllowRenegotiation = false };
        }
    }

    /// <summary>Does in the background what the first connection would wait for: .NET reads all certificates that the system trusts.</summary>
    public void Prepare() => Task.Run(() => Options(SslProtocols.None));

    private bool EndsSoon(X509Certificate2 certificate) => certificate.NotAfter.ToUniversalTime() - _time.GetUtcNow() < RenewedBeforeEnd;

    private X509Certificate2? ReadValid(string name) => _files.Read(name) is { } certificate && !EndsSoon(certificate) ? certificate : null;

    /// <summary>The one that was kept, if this authority signed it and it holds all names.</summary>
    private X509Certificate2? ReadServer()
    {
        if (ReadValid(ServerName) is not { } server) return null;
        // Keys are told apart by their identifiers; building a chain would read all certificates that the system trusts, at each start.
        bool isSigned = server.IssuerName.RawData.AsSpan().SequenceEqual(_ca.SubjectName.RawData)
            && server.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier is { } signer
            && _ca.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } own
            && signer.Span.SequenceEqual(own.SubjectKeyIdentifierBytes.Span);
        return isSigned && _names.All(name => server.MatchesHostname(name)) ? server : null;
    }

    private X509Certificate2 MakeCa()
    {
        bool isAnew = File.Exists(CaPath);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=Moldau CA {Dns.GetHostName()}", key, HashAlgorithmName.SHA256);
        var extensions = request.CertificateExtensions;
        extensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority(pathLengthConstraint: 0));
        extensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        extensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = _time.GetUtcNow();
        var ca = request.CreateSelfSigned(now - ClockSkew, now + CaLifetime);
        _files.Write(CaName, ca, key);
        if (isAnew) _logger.CaMadeAnew(CaPath);
        return ca;
    }

    private X509Certificate2 MakeServer(Action<string, X509Certificate2, ECDsa> keep)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={_names[0]}", key, HashAlgorithmName.SHA256);
        var extensions = request.CertificateExtensions;
        extensions.Add(X509BasicConstraintsExtension.CreateForEndEntity(critical: true));
        extensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        extensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "serverAuth")], critical: false));
        extensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_ca, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        extensions.Add(AlternativeNames());
        var now = _time.GetUtcNow();
        var end = now + ServerLifetime < _ca.NotAfter ? now + ServerLifetime : _ca.NotAfter;
        using var certificate = request.Create(_ca, now - ClockSkew, end, RandomNumberGenerator.GetBytes(16));
        var server = certificate.CopyWithPrivateKey(key);
        keep(ServerName, server, key);
        return server;
    }

    /// <summary>A renewed certificate serves clients also where it cannot be kept: the next start makes another.</summary>
    private void TryWrite(string name, X509Certificate2 certificate, ECDsa key)
    {
        try { _files.Write(name, certificate, key); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { _logger.CertificateNotKept(_files.PathOf(name), e.Message); }
    }

    private X509Extension AlternativeNames()
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (string name in _names)
        {
            if (IPAddress.TryParse(name, out var address)) names.AddIpAddress(address);
            else names.AddDnsName(name);
        }
        return names.Build();
    }

    private SslStreamCertificateContext ContextOf(X509Certificate2 server)
    {
        // Windows does not serve TLS with a key that exists in memory only: a round through PKCS#12 gives it a stored one.
        if (OperatingSystem.IsWindows()) server = X509CertificateLoader.LoadPkcs12(server.Export(X509ContentType.Pkcs12), password: null);
        return SslStreamCertificateContext.Create(server, [_ca], offline: true);
    }
}
