namespace Moldau.Cli.Clients;

/// <summary>The name that was meant by one that does not exist, as far as a slip of the fingers goes.</summary>
internal static class NearestName
{
    /// <summary>One slip, and another in so many letters.</summary>
    private const int LettersPerSlip = 4;

    /// <summary>Longer names are not compared.</summary>
    private const int LettersMax = 250;

    /// <summary>Null where none is near.</summary>
    public static string? Of(string typed, IEnumerable<string> names)
    {
        int slipsMax = 1 + (typed.Length / LettersPerSlip);
        return names
            .Where(name => Math.Max(name.Length, typed.Length) <= LettersMax && Math.Abs(name.Length - typed.Length) <= slipsMax)
            .Select(name => (Name: name, Slips: Slips(typed, name)))
            .Where(near => near.Slips <= slipsMax)
            .OrderBy(near => near.Slips)
            .ThenBy(near => near.Name, StringComparer.Ordinal)
            .FirstOrDefault().Name;
    }

    /// <summary>How many letters were left out, put in, or mistaken; capitals count as their small letters. (Levenshtein's distance, a row at a time.)</summary>
    private static int Slips(string typed, string name)
    {
        int[] above = [.. Enumerable.Range(0, name.Length + 1)];
        int[] row = new int[name.Length + 1];
        for (int i = 1; i <= typed.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= name.Length; j++)
            {
                int mistaken = char.ToUpperInvariant(typed[i - 1]) == char.ToUpperInvariant(name[j - 1]) ? 0 : 1;
                row[j] = Math.Min(above[j - 1] + mistaken, Math.Min(above[j], row[j - 1]) + 1);
            }

            (above, row) = (row, above);
        }

        return above[name.Length];
    }
}
