using System.Text;
using CsCheck;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Tests.Terminal;

public class LineReaderTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\n", new[] { "a" })]
    [InlineData("a\n\nb", new[] { "a", "", "b" })]
    [InlineData("a\r\nb\r\n", new[] { "a", "b" })]
    [InlineData(" a \rb \n", new[] { " a \rb " })]
    [InlineData("\n", new[] { "" })]
    public void A_line_comes_as_it_was_entered_without_its_line_end(string input, string[] lines) => Assert.Equal(lines, Read(input, 100));

    [Fact]
    public void Bytes_that_are_no_text_come_through_unchanged()
    {
        var reader = new LineReader(new MemoryStream([0xFF, 0x00, 0xC3, 0x0A]), 100);
        Assert.Equal([0xFF, 0x00, 0xC3], reader.Read()!.Value.Bytes);
        Assert.Null(reader.Read());
    }

    [Fact]
    public void A_line_over_the_limit_is_marked_and_the_next_one_is_whole() =>
        Assert.Equal(["1234567", "too long", "b"], Read("1234567\r\n12345678\nb\n", lineBytesMax: 7));

    [Fact]
    public void However_the_bytes_arrive_the_lines_are_the_same() =>
        Gen.Select(Gen.String[Gen.Char["ab\n"], 0, 60], Gen.Int[1, 7]).Sample((text, chunk) =>
        {
            string[] lines = text.Split('\n');
            string[] expected = lines[^1].Length == 0 ? lines[..^1] : lines;
            return expected.SequenceEqual(Read(new Trickle(Encoding.UTF8.GetBytes(text), chunk), 100));
        });

    [Fact]
    public void The_end_of_the_input_is_asked_for_once()
    {
        // A terminal: text and Ctrl-D, then Ctrl-D alone. Another read would wait for more.
        var terminal = new Terminal("text", "");
        Assert.Equal(["text"], Read(terminal, 100));
        Assert.Equal(2, terminal.Reads);
    }

    private static List<string> Read(string input, int lineBytesMax) => Read(new MemoryStream(Encoding.UTF8.GetBytes(input)), lineBytesMax);

    private static List<string> Read(Stream input, int lineBytesMax)
    {
        var reader = new LineReader(input, lineBytesMax);
        var lines = new List<string>();
        while (reader.Read() is { } line)
        {
            lines.Add(line.IsTooLong ? "too long" : Encoding.UTF8.GetString(line.Bytes));
        }

        return lines;
    }

    /// <summary>A pipe that gives a few bytes at a time.</summary>
    private sealed class Trickle(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, chunk));
    }

    private sealed class Terminal(params string[] reads) : MemoryStream
    {
        public int Reads { get; private set; }

        public override int Read(byte[] buffer, int offset, int count) => Encoding.UTF8.GetBytes(reads[Reads++], buffer.AsSpan(offset));
    }
}
