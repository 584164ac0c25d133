using CsCheck;

using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>Searches that say how much they have searched, so that a run of all tests shows it.</summary>
internal static class SampleSearch
{
    /// <summary>Checks as many samples as <see cref="Searches"/> asks for. CsCheck names the seed of one that fails.</summary>
    public static void Search<T>(this Gen<T> samples, string what, int usually, Action<T> check)
    {
        int rounds = Searches.Rounds(usually);
        samples.Sample(check, iter: rounds);
        TestContext.Current.TestOutputHelper?.WriteLine($"{rounds} {what}, with seeds that CsCheck drew: nothing wrong");
    }
}
