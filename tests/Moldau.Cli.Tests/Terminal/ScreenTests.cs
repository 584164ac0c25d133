using Moldau.Cli.Terminal;

namespace Moldau.Cli.Tests.Terminal;

public class ScreenTests
{
    [Fact]
    public void A_standard_error_that_takes_nothing_stops_nothing()
    {
        foreach (var failure in (Exception[])[new IOException("No space left on device"), new UnauthorizedAccessException("Bad file descriptor")])
        {
            using var data = new MemoryStream();
            using var notes = new Unwritable(failure);
            using var screen = Screen.Piped(data, notes);
            screen.Note("one");
            screen.Failure("two", "three");
            screen.Data("data");
            screen.Flush();
            Assert.Equal("data\n"u8, data.ToArray());
        }
    }

    [Fact]
    public void No_control_character_of_a_note_reaches_the_terminal()
    {
        using var notes = new StringWriter();
        using var screen = Screen.Piped(new MemoryStream(), notes);
        screen.Note("[red]no second\nline[/] \u001b[[2J", "and a second");
        Assert.Equal("no second\\nline \\u001b[2J\nand a second\n", notes.ToString());
    }

    [Fact]
    public void What_was_written_before_a_note_comes_before_it()
    {
        using var data = new MemoryStream();
        using var notes = new StringWriter();
        using var screen = Screen.Piped(data, notes);
        screen.Data("data");
        screen.Note("about it");
        Assert.Equal("data\n"u8, data.ToArray());
    }

    private sealed class Unwritable(Exception failure) : StringWriter
    {
        public override void Write(char value) => throw failure;

        public override void Write(string? value) => throw failure;

        public override void Write(char[] buffer, int index, int count) => throw failure;
    }
}
