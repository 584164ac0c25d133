namespace Moldau.Cli.Tests.Commands;

public class PlayTests
{
    [Fact]
    public async Task Both_examples_are_played_to_their_end()
    {
        var ran = await CommandRun.OfAsync("", "play");
        Assert.Equal((0, ""), (ran.ExitCode, ran.Notes));
        Assert.Contains("delivered to lines, partition 0, offset 0", ran.Data, StringComparison.Ordinal);
        Assert.Contains("7 words\tALERT: more than 6 words", ran.Data, StringComparison.Ordinal);
        Assert.Contains("2\tmean of 1, 2, 3", ran.Data, StringComparison.Ordinal);
        Assert.Contains("numbers, partition 0, offset 4: no finite number", ran.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Numbers_are_taken_from_a_pipe()
    {
        var ran = await CommandRun.OfAsync("1\n2\n3\nx\n5", "play", "numbers");
        Assert.Equal((0, "1\n2\n2\tmean of 1, 2, 3\n3.3333333333333335\tmean of 2, 3, 5\n"), (ran.ExitCode, ran.Data));
        Assert.Contains("delivered to numbers, partition 0, offset 4", ran.Notes, StringComparison.Ordinal);
        Assert.Contains("numbers, partition 0, offset 3: no finite number, left out: x", ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blank_line_is_a_message_and_not_an_end()
    {
        var ran = await CommandRun.OfAsync("one\n\none two three four five six seven\n", "play", "lines");
        Assert.Equal(
            (0, "one\t1 word\n\t0 words\none two three four five six seven\t7 words\tALERT: more than 6 words\n"),
            (ran.ExitCode, ran.Data));
    }
}
