namespace Moldau.Broker.Config;

/// <summary>How many letters must be changed, put in, taken out or swapped with their neighbour to turn one name into another.</summary>
internal static class EditDistance
{
    /// <summary>The distance, or <paramref name="limit"/> when it is not less than that.</summary>
    public static int Between(string from, string to, int limit)
    {
        if (Math.Abs(from.Length - to.Length) >= limit) return limit;
        int[] beforeLast = [], last = new int[to.Length + 1], row = new int[to.Length + 1];
        for (int column = 0; column <= to.Length; column++) last[column] = column;
        for (int i = 1; i <= from.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int change = from[i - 1] == to[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + change);
                bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
                if (swapped) row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }

            (beforeLast, last, row) = (last, row, i == 1 ? new int[to.Length + 1] : beforeLast);
        }

        return Math.Min(last[to.Length], limit);
    }
}
