using Moldau.Cli.Analyses;

namespace Moldau.Cli.Commands;

/// <summary>One of the two examples that <c>moldau play</c> shows.</summary>
internal sealed record Example(string Topic, string Title, string Prompt, Func<IAnalysis> Analysis, IReadOnlyList<string> Sample)
{
    public static Example Lines { get; } = new(
        "lines",
        "words are counted, and more than six raise an alert",
        "Type a line of text and press Enter. Ctrl-D or Ctrl-C stops.",
        () => new WordCount(WordCount.DefaultAlertAbove),
        [
            "Hello, Moldau",
            "six words are still no alert",
            "exactly seven words here raise the alert",
            "",
            "blank lines count as messages too",
        ]);

    public static Example Numbers { get; } = new(
        "numbers",
        "from the third number on, the mean of the last three",
        "Type a number and press Enter. Ctrl-D or Ctrl-C stops.",
        () => new RollingMean(3),
        ["1", "2", "3", "4", "oops", "5.5", "-1e2"]);
}
