namespace Moldau.Cli.Analyses;

/// <summary>Counts the words of each message and raises an alert when there are more than <paramref name="alertAbove"/>.</summary>
internal sealed class WordCount(int alertAbove) : IAnalysis
{
    /// <summary>The limit when none is given: six words are fine, seven raise the alert.</summary>
    public const int DefaultAlertAbove = 6;

    public string Name => "words";

    public bool NeedsOrder => false;

    /// <summary>The number of runs of characters that are not Unicode white space.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        int words = 0;
        bool inWord = false;
        // All white space lies in the basic plane, so the halves of a surrogate pair may be looked at one by one.
        foreach (char c in text)
        {
            bool belongs = !char.IsWhiteSpace(c);
            if (belongs && !inWord)
            {
                words++;
            }

            inWord = belongs;
        }

        return words;
    }

    public Finding Take(in Message message)
    {
        int count = Count(message.Text);
        return new Finding.Words(message.Text, count, count > alertAbove ? alertAbove : null);
    }

    public string Save() => "";

    public void Restore(IEnumerable<string> saved)
    {
    }
}
