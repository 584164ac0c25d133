using Microsoft.Extensions.Logging;
using Moldau.Broker.Net;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Net;

/// <summary>
/// What clients should not send, sent to a whole broker. Each time the connection is closed with one line in the log, and others go on.
/// </summary>
public sealed class BadInputTests : IAsyncLifetime
{
    private readonly EndLog _log = new();
    private KafkaBroker _broker = null!;

    public async ValueTask InitializeAsync()
    {
        var options = new KafkaBrokerOptions { Port = 0, SaslPort = 0, LoggerFactory = _log };
        _broker = await KafkaBroker.StartAsync(options);
    }

    public async ValueTask DisposeAsync() => await _broker.DisposeAsync();

    [Theory]
    [InlineData("7fffffff", nameof(ConnectionEnd.FrameSizeRefused))]
    [InlineData("ffffffff", nameof(ConnectionEnd.FrameSizeRefused))]
    [InlineData("474554202f20485454502f312e310d0a0d0a", nameof(ConnectionEnd.FrameSizeRefused))]
    [InlineData("0000000112", nameof(ConnectionEnd.MalformedRequest))]
    [InlineData("0000000b0012000000000001000561", nameof(ConnectionEnd.MalformedRequest))]
    [InlineData("000000180003000c0000000700086469616c6f67756500ffffffff07", nameof(ConnectionEnd.MalformedRequest))]
    [InlineData("00000016000300010000000700086469616c6f6775657fffffff", nameof(ConnectionEnd.MalformedRequest))]
    [InlineData("0000000a03e700000000000affff", nameof(ConnectionEnd.UnknownApi))]
    [InlineData("0000000affff00000000000affff", nameof(ConnectionEnd.UnknownApi))]
    [InlineData("0000000a000300630000000affff", nameof(ConnectionEnd.UnsupportedVersion))]
    public async Task Bytes_that_are_no_request_close_their_connection_only(string hex, string expected)
    {
        using var other = WireClient.To(_broker);
        using var bad = WireClient.To(_broker);
        await bad.SendRawAsync(Convert.FromHexString(hex));
        Assert.Null(await bad.ReceiveFrameAsync());
        Assert.Equal([expected], await _log.EndsAsync(1));
        Assert.Equal(ErrorCode.None, (await other.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new(), 0)).ErrorCode);
    }

    [Fact]
    public async Task A_tls_handshake_that_is_none_closes_its_connection()
    {
        using var bad = new WireClient(_broker.SaslBootstrapServers!);
        await bad.SendRawAsync(Convert.FromHexString("474554202f20485454502f312e310d0a0d0a"));
        Assert.Null(await bad.ReceiveFrameAsync());
        Assert.Equal([nameof(ConnectionEnd.TlsHandshakeFailed)], await _log.EndsAsync(1));
    }

    [Fact]
    public async Task An_unknown_version_of_ApiVersions_is_told_which_ones_would_do()
    {
        using var client = WireClient.To(_broker);
        await client.SendRawAsync(Convert.FromHexString("0000000b0012006300000008ffff00"));
        var answer = await client.ReceiveAsync<ApiVersionsRequest, ApiVersionsResponse>(0);
        Assert.Equal(ErrorCode.UnsupportedVersion, answer.ErrorCode);
        var only = Assert.Single(answer.ApiKeys);
        Assert.Equal(((short)ApiKey.ApiVersions, (short)0, (short)5), (only.ApiKey, only.MinVersion, only.MaxVersion));
    }

    [Fact]
    public async Task What_is_announced_is_what_the_table_serves_but_for_the_lowest_version_of_Produce()
    {
        using var client = WireClient.To(_broker);
        var answer = await client.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new(), 0);
        var announced = Apis.Served.Where(api => api.IsAnnounced).Select(api => (short)api.Key);
        Assert.Equal(announced.Order(), answer.ApiKeys.Select(key => key.ApiKey).Order());
        Assert.Equal((short)0, answer.ApiKeys.Single(key => key.ApiKey == (short)ApiKey.Produce).MinVersion);
    }

    /// <summary>Catches the reasons for which connections ended.</summary>
    private sealed class EndLog : ILoggerFactory, ILogger
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        private readonly List<string> _ends = [];
        private readonly SemaphoreSlim _logged = new(0);

        public async Task<List<string>> EndsAsync(int count)
        {
            for (int i = 0; i < count; i++) Assert.True(await _logged.WaitAsync(Patience), "No connection ended.");
            lock (_ends) return [.. _ends];
        }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (state is not IEnumerable<KeyValuePair<string, object?>> values) return;
            if (values.FirstOrDefault(value => value.Key == "End").Value is not ConnectionEnd end) return;
            lock (_ends) _ends.Add(end.ToString());
            _logged.Release();
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose() => _logged.Dispose();
    }
}
