using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Protocol;

namespace Moldau.Broker.Tests.Config;

public sealed class LoggerLevelsTests
{
    private readonly Taken _program = new(LogLevel.Information);
    private readonly LoggerLevels _levels;

    public LoggerLevelsTests() => _levels = new(_program);

    [Fact]
    public void The_level_is_at_first_what_the_programs_logging_takes() => Assert.Equal("INFO", _levels.Current);

    [Fact]
    public void A_raised_level_holds_back_what_lies_below_it()
    {
        var logger = _levels.CreateLogger("x");
        _levels.Change([new("root", ConfigOperation.Set, "WARN")]);
        logger.Log(LogLevel.Information, "no");
        logger.Log(LogLevel.Warning, "yes");
        Assert.Equal(["yes"], _program.Lines);
        Assert.Equal("WARN", _levels.Current);
    }

    [Fact]
    public void A_lowered_level_lets_nothing_through_that_the_program_holds_back()
    {
        _levels.Change([new("root", ConfigOperation.Set, "DEBUG")]);
        _levels.CreateLogger("x").Log(LogLevel.Debug, "no");
        Assert.Empty(_program.Lines);
        Assert.Equal("INFO", _levels.Current);
    }

    [Theory]
    [InlineData("root", ConfigOperation.Set, "ERROR", ErrorCode.None)]
    [InlineData("root", ConfigOperation.Set, "warn", ErrorCode.InvalidConfig)]
    [InlineData("kafka.server", ConfigOperation.Set, "WARN", ErrorCode.InvalidConfig)]
    [InlineData("root", ConfigOperation.Delete, null, ErrorCode.InvalidRequest)]
    public void A_change_is_judged(string name, object operation, string? value, object code) =>
        Assert.Equal((ErrorCode)code, LoggerLevels.Problem([new(name, (ConfigOperation)operation, value)]).Code);

    private sealed class Taken(LogLevel lowest) : ILoggerFactory, ILogger
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= lowest;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
