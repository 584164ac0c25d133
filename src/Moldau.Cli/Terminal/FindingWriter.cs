using Moldau.Cli.Analyses;
using Moldau.Cli.Clients;
using Spectre.Console;

namespace Moldau.Cli.Terminal;

internal enum OutputFormat
{
    Text,
    Json,
}

/// <summary>Writes findings as lines of data, and what was left out to standard error.</summary>
internal sealed class FindingWriter(Screen screen, OutputFormat format) : IReaderReport
{
    public void Found(in Message message, Finding finding)
    {
        if (finding is Finding.NotANumber)
        {
            screen.Note($"[yellow]{FindingText.LeftOut(message).EscapeMarkup()}[/]");
        }
        else if (format == OutputFormat.Json)
        {
            screen.Data(FindingText.Json(message, finding));
        }
        else
        {
            screen.Data(FindingText.Plain(finding), FindingText.Markup(finding));
        }
    }

    public void Note(string text) => screen.Note($"[grey]{text.EscapeMarkup()}[/]");

    public void Flush() => screen.Flush();
}
