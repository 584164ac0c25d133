using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands;

/// <summary>What the broker itself has to say: a line an event, on standard error.</summary>
internal static class BrokerLog
{
    public static ILoggingBuilder AddBrokerLog(this ILoggingBuilder logging, Screen screen)
    {
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.UseUtcTimestamp = true;
            // Left alone it looks at standard output, and a file of this log would be full of colours.
            console.ColorBehavior = screen.NotesHaveColours ? LoggerColorBehavior.Enabled : LoggerColorBehavior.Disabled;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        return logging;
    }
}
