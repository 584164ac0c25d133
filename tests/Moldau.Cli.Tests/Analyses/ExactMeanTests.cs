using CsCheck;
using Moldau.Cli.Analyses;

namespace Moldau.Cli.Tests.Analyses;

public class ExactMeanTests
{
    private static readonly Gen<double> Finite =
        Gen.Frequency(
            (3, Gen.Long.Select(BitConverter.Int64BitsToDouble).Where(double.IsFinite)),
            (1, Gen.Long[0, 1L << 52].Select(BitConverter.Int64BitsToDouble)),
            (2, Gen.Double[-1e3, 1e3]));

    [Theory]
    [InlineData(new[] { 1.0, 2, 3 }, 2)]
    [InlineData(new[] { 0.1, 0.2, 0.3 }, 0.2)]
    [InlineData(new[] { 1e16, 1, -1e16 }, 1.0 / 3)]
    [InlineData(new[] { 1e308, 1e308, 1e308 }, 1e308)]
    [InlineData(new[] { double.MaxValue, double.MaxValue }, double.MaxValue)]
    [InlineData(new[] { double.Epsilon, double.Epsilon, double.Epsilon }, double.Epsilon)]
    [InlineData(new[] { -1.5, 1.5 }, 0)]
    public void The_mean_is_rounded_once(double[] values, double mean) => Assert.Equal(mean, ExactMean.Of(values));

    [Fact]
    public void Half_of_the_smallest_number_rounds_to_even() => Assert.Equal(0, ExactMean.Of([double.Epsilon, 0]));

    [Fact]
    public void It_lies_between_the_least_and_the_greatest() =>
        Finite.Array[1, 8].Sample(values => ExactMean.Of(values) is var mean && mean >= values.Min() && mean <= values.Max());

    [Fact]
    public void The_order_of_the_values_does_not_matter() =>
        Finite.Array[1, 8].Sample(values => ExactMean.Of(values).Equals(ExactMean.Of([.. values.Reverse()])));

    [Fact]
    public void Equal_values_have_themselves_as_mean() =>
        Gen.Select(Finite, Gen.Int[1, 20]).Sample((value, count) => ExactMean.Of([.. Enumerable.Repeat(value, count)]) == value);

    [Fact]
    public void The_mean_of_cents_is_what_decimal_arithmetic_says() =>
        Gen.Int[-1_000_000, 1_000_000].Array[3].Sample(cents =>
        {
            decimal exact = cents.Sum(c => c / 100m) / 3;
            double mean = ExactMean.Of([.. cents.Select(c => c / 100.0)]);
            return Math.Abs((decimal)mean - exact) < 0.000_000_001m;
        });

    [Fact]
    public void Nothing_but_finite_numbers_is_taken()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ExactMean.Of([1, double.NaN]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ExactMean.Of([double.PositiveInfinity]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ExactMean.Of([]));
    }

    [Fact]
    public void One_value_comes_back_bit_by_bit() =>
        Finite.Sample(value => value == 0 || BitConverter.DoubleToInt64Bits(ExactMean.Of([value])) == BitConverter.DoubleToInt64Bits(value));
}
