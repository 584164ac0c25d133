using System.Globalization;

namespace Moldau.TestKit;

/// <summary>How long tests search that draw their input at random: <c>MOLDAU_SEARCH=100</c> makes each search a hundred times as long.</summary>
public static class Searches
{
    private const string Variable = "MOLDAU_SEARCH";

    private static readonly int Times = Setting();

    public static int Rounds(int usually) => checked(usually * Times);

    /// <summary>For rounds that cost much: a search that is a hundred times as long has no more than so many.</summary>
    public static int Rounds(int usually, int atMost) => Math.Min(Rounds(usually), atMost);

    private static int Setting()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } text) return 1;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int times) && times > 0
            ? times
            : throw new InvalidOperationException($"{Variable}={text} is no positive number.");
    }
}
