using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Tests.Terminal;

public class WholeCommandsTests
{
    [Fact]
    public void A_command_about_a_name_with_a_backtick_is_not_broken_either() => Assert.Equal(
        @"As `moldau_group_describe_$'my_\140_group'` shows.",
        WholeCommands.Bind($"As `{AdvisedCommand.Of("group describe", "my ` group")}` shows.").Replace(WholeCommands.Blank, '_'));

    [Fact]
    public void A_sentence_is_broken_between_words_and_not_within_a_command()
    {
        using var written = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(written) });
        console.Profile.Width = 30;
        console.Write(new WholeCommands(new Markup(WholeCommands.Bind("With the consumers stopped, `moldau group reset g`\nlets the [bold]group[/] read it once more, as `a b` does."))));
        Assert.Equal(
            ["With the consumers stopped, ", "`moldau group reset g`", "lets the group read it once ", "more, as `a b` does."],
            written.ToString().TrimEnd('\n').Split('\n'));
    }
}
