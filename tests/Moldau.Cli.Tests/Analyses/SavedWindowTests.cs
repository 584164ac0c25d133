using CsCheck;
using Moldau.Cli.Analyses;

namespace Moldau.Cli.Tests.Analyses;

public class SavedWindowTests
{
    private const int CommitMetadataCharactersMax = 4_096;

    private static readonly Gen<double> AnyFinite = Gen.Long.Select(BitConverter.Int64BitsToDouble).Where(double.IsFinite);

    private static readonly Gen<Place> AnyPlace =
        Gen.Select(Gen.Long, Gen.Int[0, int.MaxValue], Gen.Long[0, long.MaxValue], (time, partition, offset) => new Place(time, partition, offset));

    [Fact]
    public void What_is_saved_comes_back() =>
        Gen.Select(AnyPlace, AnyFinite.Array[0, 10]).Sample((place, numbers) =>
        {
            var saved = new SavedWindow(place, numbers);
            return SavedWindow.Parse(saved.ToText()) is { } back && back.Last == saved.Last && back.Numbers.SequenceEqual(numbers);
        });

    [Fact]
    public void The_text_is_what_earlier_runs_have_written() =>
        Assert.Equal("moldau-window 1 1700000000123/2/17 1.5 -2", new SavedWindow(new Place(1_700_000_000_123, 2, 17), [1.5, -2]).ToText());

    [Theory]
    [InlineData("")]
    [InlineData("another program's note")]
    [InlineData("moldau-window 2 1/2/3 4")]
    [InlineData("moldau-window 1 1/2 4")]
    [InlineData("moldau-window 1 1/2/3 four")]
    [InlineData("moldau-window 1 1/2/3 NaN")]
    public void Foreign_metadata_is_passed_over(string text) => Assert.Null(SavedWindow.Parse(text));

    [Fact]
    public void The_window_that_reaches_furthest_wins()
    {
        var newest = SavedWindow.Newest(["moldau-window 1 10/0/5 1 2", "", "moldau-window 1 11/1/0 3 4", "moldau-window 1 10/1/9 5 6"]);
        Assert.Equal([3.0, 4.0], newest.Numbers);
    }

    [Fact]
    public void The_largest_window_fits_into_the_metadata_of_a_commit()
    {
        double[] longest = [.. Enumerable.Repeat(-2.2250738585072014E-308, RollingMean.SizeMax)];
        var window = new SavedWindow(new Place(long.MinValue, int.MaxValue, long.MaxValue), longest);
        Assert.InRange(window.ToText().Length, 1, CommitMetadataCharactersMax);
    }
}
