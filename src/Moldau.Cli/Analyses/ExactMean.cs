using System.Numerics;

namespace Moldau.Cli.Analyses;

/// <summary>
/// The arithmetic mean of doubles, rounded once. The sum is formed in whole numbers, so neither the order nor the size of the
/// values matters: no error builds up, and the mean of huge values does not overflow.
/// </summary>
internal static class ExactMean
{
    private const int FractionBits = 52;
    // Every finite double is a whole multiple of the smallest one, 2^-1074.
    private const int SmallestExponent = -1074;

    public static double Of(ReadOnlySpan<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfZero(values.Length);
        var sum = BigInteger.Zero;
        foreach (double value in values)
        {
            sum += InSmallestUnits(value);
        }

        double size = Round(BigInteger.Abs(sum), values.Length);
        return sum.Sign < 0 ? -size : size;
    }

    private static BigInteger InSmallestUnits(double value)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "only finite numbers have a mean");
        }

        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)((bits >> FractionBits) & 0x7FF);
        long fraction = bits & ((1L << FractionBits) - 1);
        // Exponent 0 holds the subnormal numbers: no hidden leading one, same unit as exponent 1.
        BigInteger size = exponent == 0 ? fraction : (BigInteger)(fraction | (1L << FractionBits)) << (exponent - 1);
        return bits < 0 ? -size : size;
    }

    /// <summary>(units / count) * 2^-1074 as the nearest double, ties to even.</summary>
    private static double Round(BigInteger units, int count)
    {
        if (units.IsZero)
        {
            return 0;
        }

        // Keep 53 significant bits of the quotient, never below the unit of the subnormal numbers.
        int shift = Math.Max(0, (int)((long)(units / count).GetBitLength() - (FractionBits + 1)));
        var divisor = (BigInteger)count << shift;
        var quotient = BigInteger.DivRem(units, divisor, out var remainder);
        int half = (remainder << 1).CompareTo(divisor);
        if (half > 0 || (half == 0 && !quotient.IsEven))
        {
            quotient += 1;
        }

        return Math.ScaleB((double)(long)quotient, shift + SmallestExponent);
    }
}
