namespace Moldau.Broker;

/// <summary>A running Kafka-compatible broker. Several may run in one process.</summary>
public sealed class KafkaBroker : IAsyncDisposable
{
    private readonly RunningBroker _running;

    internal KafkaBroker(RunningBroker running) => _running = running;

    /// <summary>Host and port of the PLAINTEXT listener; empty where there is none.</summary>
    public string BootstrapServers => _running.Network.AddressOf(listener => !listener.HasSasl) ?? "";

    /// <summary>Host and port of the listener with SASL; null where there is none.</summary>
    public string? SaslBootstrapServers => _running.Network.AddressOf(listener => listener.HasSasl);

    /// <summary>The user that was made at the first start. The password is not kept: it is known only in the run that made it.</summary>
    public FirstStartCredentials? Credentials => _running.Credentials;

    /// <summary>The certificate of the authority that signed the server's, in PEM; null without a TLS listener.</summary>
    public string? CaCertificatePath => _running.Network.CaPath;

    /// <summary>Where data is kept: the directory that holds <c>log</c> and <c>journal</c>, or a log directory that was named itself; null in memory.</summary>
    public string? DataDirectory => _running.DataDirectory;

    /// <summary>Completes when the broker has stopped; faults when it stopped by itself because its disk failed.</summary>
    public Task Completion => _running.Completion;

    /// <summary>Starts a broker; when the task completes, clients can connect.</summary>
    /// <exception cref="ArgumentException">
    /// A key or a value of the configuration is wrong; the message names it and what is allowed.
    /// </exception>
    /// <exception cref="IOException">
    /// A port is taken, the data directory is in use by another broker, it cannot be read or written, or what it holds is damaged or is a
    /// cluster that this broker cannot run: of another node or more than one, or at another metadata version. The message says which,
    /// and what to do. A new data directory needs 64 MiB of room.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The data directory, or a file in it, is not this process's to use.</exception>
    /// <exception cref="OperationCanceledException">The start was cancelled before it began, or while it waited for room on the disk.</exception>
    public static async Task<KafkaBroker> StartAsync(KafkaBrokerOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new KafkaBroker(await RunningBroker.StartAsync(options, cancellation).ConfigureAwait(false));
    }

    /// <summary>Stops cleanly: answers what is under way, writes what a next start needs, closes all connections.</summary>
    public Task StopAsync() => _running.StopAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);
}

/// <summary>The user that a broker makes when it starts on an empty directory with a listener that asks for credentials.</summary>
public sealed class FirstStartCredentials
{
    internal FirstStartCredentials(string userName, string password) => (UserName, Password) = (userName, password);

    /// <summary>The user's name.</summary>
    public string UserName { get; }

    /// <summary>The password, which is kept nowhere else.</summary>
    public string Password { get; }

    /// <summary>Never shows the password.</summary>
    public override string ToString() => $"{UserName} (password not shown)";
}
