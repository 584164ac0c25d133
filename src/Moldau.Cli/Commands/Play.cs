using System.CommandLine;
using System.Text;
using Moldau.Cli.Analyses;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands;

/// <summary>moldau play: broker, producer and consumer in one terminal.</summary>
internal sealed class Play(Surroundings around)
{
    private readonly Screen _screen = around.Screen;

    public static Command Create(Surroundings around)
    {
        var play = new Play(around);
        var command = new Command(
            "play", "Play both examples with prepared input: a broker in memory, a producer and a consumer, in this terminal.");
        command.SetAction((_, _) => around.UntilStoppedAsync(play.BothAsync));
        foreach (var example in (Example[])[Example.Lines, Example.Numbers])
        {
            var one = new Command(example.Topic, $"Play with your own input, typed or piped in: {example.Title}.");
            one.SetAction((_, _) => around.UntilStoppedAsync(() => play.OneAsync(example)));
            command.Subcommands.Add(one);
        }

        return command;
    }

    /// <summary>The show: everything is data, on standard output.</summary>
    private async Task<int> BothAsync()
    {
        int lost = 0;
        foreach (var example in (Example[])[Example.Lines, Example.Numbers])
        {
            await using var stage = await Stage.OpenAsync(Note, around.Stop);
            await stage.SetAsync(example, around.Stop);
            Show($"moldau play {example.Topic}: {example.Title}", $"[bold]moldau play {example.Topic}[/]: {example.Title}");
            string cast = $"a broker in memory at {stage.Address}, a producer, a consumer";
            Show(cast, $"[grey]{cast}[/]");
            Show("", "");
            foreach (string text in example.Sample)
            {
                Show($"producer  {text}", $"[blue]producer[/]  {text.EscapeMarkup()}");
                var scene = await stage.PlayAsync(new InputLine(Encoding.UTF8.GetBytes(text), IsTooLong: false), around.Stop);
                lost += Show(scene, stage);
            }

            Show("", "");
        }

        Show("Your turn: `moldau play lines`, `moldau play numbers`, or `moldau up` for a broker that stays.",
            "Your turn: [bold]moldau play lines[/], [bold]moldau play numbers[/], or [bold]moldau up[/] for a broker that stays.");
        return lost == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    /// <summary>The user's own input: what the consumer finds is data, the rest goes to standard error.</summary>
    private async Task<int> OneAsync(Example example)
    {
        int lost = 0;
        await using var stage = await Stage.OpenAsync(Note, around.Stop);
        await stage.SetAsync(example, around.Stop);
        if (around.Input.IsFromPerson)
        {
            _screen.Note($"[bold]{example.Topic}[/]: {example.Title}. {example.Prompt}");
        }

        using var lines = new LineQueue(around.Input, around.Stop);
        var writer = new FindingWriter(_screen, OutputFormat.Text);
        while (lines.Next() is { } line)
        {
            var scene = await stage.PlayAsync(line, CancellationToken.None);
            if (scene.Finding is null)
            {
                lost++;
                Note($"not delivered: {Reason(scene, stage)}");
                continue;
            }

            Note(DeliveryText.Of(scene.Delivery));
            writer.Found(scene.Message, scene.Finding);
            writer.Flush();
        }

        around.EndTypedLine();
        return lost == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static string Reason(Scene scene, Stage stage) =>
        scene.Delivery.Failure is { } failure ? Explanation.Of(failure, stage.Connection, scene.Delivery.Topic).Message : "";

    private int Show(Scene scene, Stage stage)
    {
        if (scene.Finding is not { } finding)
        {
            string reason = Reason(scene, stage);
            Show($"          not delivered: {reason}", $"          [red]not delivered:[/] {reason.EscapeMarkup()}");
            return 1;
        }

        string delivered = DeliveryText.Of(scene.Delivery);
        Show($"          {delivered}", $"          [grey]{delivered.EscapeMarkup()}[/]");
        if (finding is Finding.NotANumber)
        {
            string leftOut = FindingText.LeftOut(scene.Message);
            Show($"consumer  {leftOut}", $"[green]consumer[/]  [yellow]{leftOut.EscapeMarkup()}[/]");
        }
        else
        {
            Show($"consumer  {FindingText.Plain(finding)}", $"[green]consumer[/]  {FindingText.Markup(finding)}");
        }

        return 0;
    }

    private void Show(string plain, string markup)
    {
        _screen.Data(plain, markup);
        _screen.Flush();
    }

    private void Note(string text) => _screen.Note($"[grey]{text.EscapeMarkup()}[/]");
}
