using System.Globalization;
using Moldau.Broker.Handover;
using Spectre.Console;

namespace Moldau.Cli.Terminal;

/// <summary>
/// Writes each finding when it is found, and in the end what they come to. A check takes a failure to write for one of the file that it reads, so an output
/// that takes nothing more stops it, and the next flush says why.
/// </summary>
internal sealed class CheckFindingWriter(Screen screen, OutputFormat format, CheckProgressLine progress, Action stop)
{
    /// <summary>Standard output is for something else.</summary>
    public bool WritesNotes { get; init; }

    public void Write(Finding finding)
    {
        progress.Clear();
        try
        {
            if (format == OutputFormat.Json) screen.Data(Json(finding));
            else if (WritesNotes) screen.Note(MarkupLines(finding));
            else screen.Data(Plain(finding), string.Join('\n', MarkupLines(finding)));
            screen.Flush();
        }
        catch (OutputFailedException)
        {
            stop();
        }
    }

    public void Conclude(string directory, FindingList findings, string? properties)
    {
        if (format == OutputFormat.Json)
        {
            screen.Data(JsonLine.Of(json =>
            {
                json.WriteString("logDirectory", directory);
                json.WriteBoolean("passes", findings.Passes);
                foreach (var outcome in Enum.GetValues<Outcome>()) json.WriteNumber(Name(outcome), findings.Count(outcome));
                if (properties is not null) json.WriteString("serverProperties", properties);
            }));
            screen.Flush();
        }

        screen.Note(findings.Passes
            ? $"[green]Apache Kafka 4.4 can take over[/] {directory.EscapeMarkup()} ({Counts(findings)})."
            : $"[red]Apache Kafka 4.4 would refuse or lose something of[/] {directory.EscapeMarkup()} ({Counts(findings)}).");
    }

    private static string Counts(FindingList findings) => string.Join(", ", Enum.GetValues<Outcome>().Select(outcome =>
        string.Create(CultureInfo.InvariantCulture, $"{findings.Count(outcome)} {Name(outcome)}")));

    private static string Name(Outcome outcome) => outcome switch
    {
        Outcome.Refused => "refused",
        Outcome.Lost => "lost",
        Outcome.Repaired => "repaired",
        _ => "noted",
    };

    private static string Place(Finding finding) => finding.Position is { } at
        ? string.Create(CultureInfo.InvariantCulture, $"{finding.File}:{at}")
        : finding.File;

    private static string Plain(Finding finding) =>
        string.Join('\t', Name(finding.Outcome), SafeText.Named(Place(finding)), SafeText.Named(finding.Problem), finding.KafkaClass, finding.KafkaDoes, SafeText.Named(finding.Remedy));

    private static string[] MarkupLines(Finding finding) =>
    [
        $"[{(finding.Fails ? "red" : "yellow")}]{Name(finding.Outcome)}[/] {SafeText.Named(Place(finding)).EscapeMarkup()}",
        $"    {SafeText.Named(finding.Problem).EscapeMarkup()}",
        $"    Kafka ({finding.KafkaClass}) {finding.KafkaDoes.EscapeMarkup()}.",
        $"    {SafeText.Named(finding.Remedy).EscapeMarkup()}",
    ];

    private static string Json(Finding finding) => JsonLine.Of(json =>
    {
        json.WriteString("outcome", Name(finding.Outcome));
        json.WriteString("file", finding.File);
        if (finding.Position is { } at) json.WriteNumber("position", at);
        else json.WriteNull("position");
        json.WriteString("problem", finding.Problem);
        json.WriteString("kafkaClass", finding.KafkaClass);
        json.WriteString("kafkaDoes", finding.KafkaDoes);
        json.WriteString("remedy", finding.Remedy);
    });
}
