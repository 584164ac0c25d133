using System.Globalization;
using System.Text.Json;
using Moldau.Cli.Analyses;
using Spectre.Console;

namespace Moldau.Cli.Terminal;

/// <summary>A finding as a line of text (fields divided by tabs; a text that is alone keeps its own), as markup for a terminal, and as JSON.</summary>
internal static class FindingText
{
    private const int NumbersNamedMax = 5;
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    public static string Plain(Finding finding) => finding switch
    {
        Finding.Line line => SafeText.Of(line.Text),
        Finding.Words { AlertAbove: { } limit } words => $"{SafeText.Field(words.Text)}\t{Words(words.Count)}\t{Alert(limit)}",
        Finding.Words words => $"{SafeText.Field(words.Text)}\t{Words(words.Count)}",
        Finding.NoMeanYet number => SafeText.Of(number.Text),
        Finding.Mean mean => $"{Number(mean.Value)}\t{Of(mean)}",
        _ => throw new ArgumentOutOfRangeException(nameof(finding), finding, "has no line"),
    };

    public static string Markup(Finding finding) => finding switch
    {
        Finding.Words { AlertAbove: { } limit } words =>
            $"{SafeText.Of(words.Text).EscapeMarkup()}  [grey]{Words(words.Count)}[/]  [red bold]{Alert(limit)}[/]",
        Finding.Words words => $"{SafeText.Of(words.Text).EscapeMarkup()}  [grey]{Words(words.Count)}[/]",
        Finding.NoMeanYet number => $"{SafeText.Of(number.Text).EscapeMarkup()}  [grey]no mean yet[/]",
        Finding.Mean mean => $"[green bold]{Number(mean.Value)}[/]  [grey]{Of(mean)}[/]",
        _ => Plain(finding).EscapeMarkup(),
    };

    public static string Json(Message message, Finding finding) => JsonLine.Of(json =>
    {
        json.WriteString("topic", message.Topic);
        json.WriteNumber("partition", message.Partition);
        json.WriteNumber("offset", message.Offset);
        json.WriteNumber("timestamp", message.TimestampMs);
        json.WriteString("text", message.Text);
        WriteFinding(json, finding);
    });

    /// <summary>The report on a text that was left out.</summary>
    public static string LeftOut(in Message message) => string.Create(
        Culture,
        $"{message.Topic}, partition {message.Partition}, offset {message.Offset}: no finite number, left out: {SafeText.Of(message.Text)}");

    public static string Number(double value) => value.ToString("R", Culture);

    private static void WriteFinding(Utf8JsonWriter json, Finding finding)
    {
        switch (finding)
        {
            case Finding.Words words:
                json.WriteNumber("words", words.Count);
                json.WriteBoolean("alert", words.AlertAbove is not null);
                break;
            case Finding.NoMeanYet:
                json.WriteNull("mean");
                break;
            case Finding.Mean mean:
                json.WriteNumber("mean", mean.Value);
                json.WriteStartArray("of");
                foreach (double number in mean.Of)
                {
                    json.WriteNumberValue(number);
                }

                json.WriteEndArray();
                break;
        }
    }

    private static string Words(int count) => count == 1 ? "1 word" : string.Create(Culture, $"{count} words");

    private static string Alert(int limit) => string.Create(Culture, $"ALERT: more than {limit} words");

    private static string Of(Finding.Mean mean) => mean.Of.Count <= NumbersNamedMax
        ? $"mean of {string.Join(", ", mean.Of.Select(Number))}"
        : string.Create(Culture, $"mean of the last {mean.Of.Count}");
}
