using Microsoft.Extensions.Logging;

namespace Moldau.Conformance.Dialogues;

/// <summary>Shows the broker's events among the tests' diagnostic messages. Logs from INFO on, as the recorded broker did.</summary>
internal sealed class DiagnosticLoggers : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Events go to the tests' diagnostic messages only.");

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) TestContext.Current.SendDiagnosticMessage("{0}: {1} {2}", logLevel, formatter(state, exception), exception);
    }

    public void Dispose()
    {
    }
}
