using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Moldau.Broker.Tests.Net;

/// <summary>What a broker logs, as lines of text.</summary>
internal sealed class EventLines : ILoggerFactory, ILogger
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    /// <summary>All that was logged up to now and has not been taken yet.</summary>
    public List<string> Take()
    {
        var lines = new List<string>();
        while (_lines.Reader.TryRead(out string? line)) lines.Add(line);
        return lines;
    }

    /// <summary>Waits for a line that holds these words.</summary>
    public async Task<string> WithAsync(string words)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            string line = await _lines.Reader.ReadAsync(patience.Token);
            if (line.Contains(words, StringComparison.Ordinal)) return line;
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Writer.TryWrite(formatter(state, exception));

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }
}
