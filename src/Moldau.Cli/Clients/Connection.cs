using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>Where the brokers are and how to log in. With a user name the connection is SASL_SSL with SCRAM-SHA-256, else plain.</summary>
internal sealed record Connection(string Brokers)
{
    public string? UserName { get; init; }

    public string? Password { get; init; }

    /// <summary>The CA certificate in PEM that signed the brokers'; null for those that the system knows. A plain connection does not use it.</summary>
    public string? CaPath { get; init; }

    /// <summary>Never shows the password.</summary>
    public override string ToString() => UserName is null ? Brokers : $"{Brokers} as {UserName}";

    public ClientConfig ToConfig()
    {
        NativeClient.EnsureLoaded();
        var config = new ClientConfig { BootstrapServers = Brokers, ClientId = "moldau" };
        if (UserName is null)
        {
            return config;
        }

        config.SecurityProtocol = SecurityProtocol.SaslSsl;
        config.SaslMechanism = SaslMechanism.ScramSha256;
        config.SaslUsername = UserName;
        config.SaslPassword = Password ?? "";
        if (CaPath is not null)
        {
            config.SslCaLocation = CaPath;
        }

        return config;
    }

    /// <summary>Says what is wrong before a client is made, in better words than the client has.</summary>
    public void Validate()
    {
        BrokerAddresses.Validate(Brokers);
        if (UserName is not null && CaPath is not null)
        {
            ValidateCa(CaPath);
        }

        if (UserName is not null && Password is null)
        {
            throw new UsageFailure(
                $"There is no password for the user {UserName}.",
                "Set CLOUDKARAFKA_PASSWORD, or pipe it in with --password-stdin.");
        }

        if (UserName is null && Password is not null)
        {
            throw new UsageFailure("There is a password but no user name.", "Set CLOUDKARAFKA_USERNAME or give --username.");
        }
    }

    private static void ValidateCa(string path)
    {
        const string Remedy = "Give the path of the broker's CA certificate with --ca or CLOUDKARAFKA_CA; `moldau up` prints it when it starts.";
        try
        {
            var found = new X509Certificate2Collection();
            found.ImportFromPemFile(path);
            if (found.Count == 0)
            {
                throw new UsageFailure($"The file {path} holds no certificate in PEM.", Remedy);
            }
        }
        catch (CryptographicException e)
        {
            throw new UsageFailure($"The file {path} holds no certificate in PEM: {e.Message}", Remedy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageFailure($"The CA certificate {path} does not exist or may not be read: {e.Message}", Remedy);
        }
    }
}
