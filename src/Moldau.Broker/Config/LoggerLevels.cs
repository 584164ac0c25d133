using Microsoft.Extensions.Logging;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;

namespace Moldau.Broker.Config;

/// <summary>
/// The program's logging behind <see cref="LogLine"/> and a level that can be raised while the broker runs, as that of the broker's logger <c>root</c>. It lasts until the broker stops, and never lets through what the program's own logging holds back.
/// </summary>
internal sealed class LoggerLevels(ILoggerFactory program) : ILoggerFactory
{
    public const string Root = "root";

    private static readonly (string Name, LogLevel Level)[] Levels =
    [
        ("TRACE", LogLevel.Trace), ("DEBUG", LogLevel.Debug), ("INFO", LogLevel.Information),
        ("WARN", LogLevel.Warning), ("ERROR", LogLevel.Error), ("FATAL", LogLevel.Critical),
    ];

    private readonly ILogger _probe = program.CreateLogger("Moldau.Broker");
    private volatile LogLevel _lowest = LogLevel.Trace;

    /// <summary>The lowest level that comes through.</summary>
    public string Current => Array.Find(Levels, level => level.Level >= _lowest && _probe.IsEnabled(level.Level)).Name ?? Levels[^1].Name;

    /// <summary>What is wrong with changes; the default where nothing is.</summary>
    public static Refusal Problem(IReadOnlyList<ConfigChange> changes)
    {
        foreach (var change in changes)
        {
            if (change.Name != Root) return new(ErrorCode.InvalidConfig, $"There is one logger, '{Root}', not '{change.Name}'.");
            if (change.Operation != ConfigOperation.Set)
                return new(ErrorCode.InvalidRequest, $"The level of '{Root}' can be set, and nothing else.");
            if (!Array.Exists(Levels, level => level.Name == change.Value))
                return new(ErrorCode.InvalidConfig, $"'{change.Value}' is none of {string.Join(", ", Levels.Select(level => level.Name))}.");
        }

        return default;
    }

    /// <summary>Makes changes that have no <see cref="Problem"/>.</summary>
    public void Change(IReadOnlyList<ConfigChange> changes)
    {
        foreach (var change in changes) _lowest = Array.Find(Levels, level => level.Name == change.Value).Level;
    }

    public ILogger CreateLogger(string categoryName) => new LeveledLogger(this, program.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => program.AddProvider(provider);

    /// <summary>The factory is the program's, and outlives the broker.</summary>
    public void Dispose()
    {
    }

    private sealed class LeveledLogger(LoggerLevels levels, ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= levels._lowest && inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) inner.Log(logLevel, eventId, state, exception, (told, failure) => LogLine.Of(formatter(told, failure)));
        }
    }
}
