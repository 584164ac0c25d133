using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>Collects what a broker warns of.</summary>
internal sealed class Warnings : ILoggerFactory, ILogger
{
    public ConcurrentQueue<string> Texts { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Warnings are collected here only.");

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) Texts.Enqueue(formatter(state, exception));
    }

    public void Dispose()
    {
    }
}
