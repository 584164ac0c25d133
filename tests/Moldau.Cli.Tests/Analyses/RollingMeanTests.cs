using System.Globalization;
using CsCheck;
using Moldau.Cli.Analyses;

namespace Moldau.Cli.Tests.Analyses;

public class RollingMeanTests
{
    private static readonly string[] Odd = ["x", "", "NaN", "7", "1e999"];

    private static readonly Gen<string> Input = Gen.Frequency(
        (2, Gen.Double[-1e6, 1e6].Select(d => d.ToString("R", CultureInfo.InvariantCulture))),
        (1, Gen.Int[0, Odd.Length - 1].Select(i => Odd[i])));

    [Fact]
    public void The_first_two_are_shown_as_they_came_and_then_the_mean_of_the_last_three()
    {
        var mean = new RollingMean(3);
        string[] shown = [.. Stream("1.50", " 2\n", "3", "4", "8").Select(m => Show(mean.Take(m)))];
        Assert.Equal(["1.50", "2", "mean 2.1666666666666665", "mean 3", "mean 5"], shown);
    }

    [Fact]
    public void What_is_no_number_is_left_out_and_the_window_stays()
    {
        var mean = new RollingMean(3);
        string[] shown = [.. Stream("1", "two", "2", "", "3").Select(m => Show(mean.Take(m)))];
        Assert.Equal(["1", "not two", "2", "not ", "mean 2"], shown);
    }

    [Theory]
    [InlineData("1,5")]
    [InlineData("1 000")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-1e999")]
    [InlineData("0x10")]
    [InlineData("1\0")]
    [InlineData("")]
    [InlineData("٣")]
    [InlineData("\u00A07")]
    [InlineData("\v7")]
    public void Only_finite_numbers_in_the_notation_of_programs_count(string text) => Assert.False(RollingMean.TryParse(text, out _));

    [Theory]
    [InlineData("1.5", 1.5)]
    [InlineData(" -.5e3\r\n", -500)]
    [InlineData("\t+7 ", 7)]
    public void A_number_may_have_a_sign_an_exponent_and_white_space_around(string text, double number)
    {
        Assert.True(RollingMean.TryParse(text, out double parsed));
        Assert.Equal(number, parsed);
    }

    [Fact]
    public void The_culture_of_the_machine_does_not_matter()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (comma.NumberFormat.NumberDecimalSeparator, comma.NumberFormat.NumberGroupSeparator) = (",", ".");
            CultureInfo.CurrentCulture = comma;
            Assert.True(RollingMean.TryParse("1.5", out double parsed));
            Assert.Equal(1.5, parsed);
            Assert.Equal(1.5, SavedWindow.Parse(new SavedWindow(Place.BeforeAll, [1.5]).ToText())!.Numbers[0]);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_restart_at_any_point_changes_no_later_finding() =>
        Gen.Select(Input.Array[0, 30], Gen.Int[0, 30], Gen.Int[1, 5]).Sample((texts, stop, size) =>
        {
            Message[] stream = [.. Stream(texts)];
            stop = Math.Min(stop, stream.Length);
            var straight = new RollingMean(size);
            var before = new RollingMean(size);
            var after = new RollingMean(size);
            string[] expected = [.. stream.Select(m => Show(straight.Take(m)))];
            string[] first = [.. stream.Take(stop).Select(m => Show(before.Take(m)))];
            after.Restore([before.Save()]);
            string[] second = [.. stream.Skip(stop).Select(m => Show(after.Take(m)))];
            return expected.SequenceEqual(first.Concat(second));
        });

    [Fact]
    public void A_mean_is_always_that_of_the_last_numbers_alone() =>
        Gen.Double[-1e9, 1e9].Array[3, 60].Sample(numbers =>
        {
            var mean = new RollingMean(3);
            string[] texts = [.. numbers.Select(n => n.ToString("R", CultureInfo.InvariantCulture))];
            var findings = Stream(texts).Select(m => mean.Take(m)).ToArray();
            return Enumerable.Range(2, numbers.Length - 2)
                .All(i => ((Finding.Mean)findings[i]).Value == ExactMean.Of(numbers.AsSpan(i - 2, 3)));
        });

    [Fact]
    public void A_smaller_window_goes_on_with_the_end_of_a_larger_one()
    {
        var five = new RollingMean(5);
        foreach (var message in Stream("1", "2", "3", "4"))
        {
            five.Take(message);
        }

        var two = new RollingMean(2);
        two.Restore([five.Save()]);
        Assert.Equal("mean 4.5", Show(two.Take(new Message("numbers", 0, 4, 4, "5"))));
    }

    private static IEnumerable<Message> Stream(params string[] texts) =>
        texts.Select((text, i) => new Message("numbers", 0, i, 1_000 + i, text));

    private static string Show(Finding finding) => finding switch
    {
        Finding.NoMeanYet number => number.Text,
        Finding.Mean mean => string.Create(CultureInfo.InvariantCulture, $"mean {mean.Value}"),
        Finding.NotANumber other => $"not {other.Text}",
        _ => throw new InvalidOperationException(finding.ToString()),
    };
}
