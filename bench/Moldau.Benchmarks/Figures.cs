using System.Globalization;

namespace Moldau.Benchmarks;

/// <summary>Figures as people read them.</summary>
internal static class Figures
{
    public const double Gigabyte = 1e9;

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    public static string Text(this double value, string format = "0.00") => value.ToString(format, CultureInfo.InvariantCulture);
}
