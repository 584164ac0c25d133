namespace Moldau.Cli.Analyses;

/// <summary>What an analysis makes of one message.</summary>
internal abstract record Finding
{
    private Finding()
    {
    }

    /// <summary>The text as it came.</summary>
    public sealed record Line(string Text) : Finding;

    /// <summary>The text with its number of words; <paramref name="AlertAbove"/> is set when that is more than the limit.</summary>
    public sealed record Words(string Text, int Count, int? AlertAbove) : Finding;

    /// <summary>One of the first numbers, as it came: too few for a mean.</summary>
    public sealed record NoMeanYet(string Text) : Finding;

    /// <summary>The mean of the last numbers, oldest first.</summary>
    public sealed record Mean(double Value, IReadOnlyList<double> Of) : Finding;

    /// <summary>The text is no finite number; it is reported and left out.</summary>
    public sealed record NotANumber(string Text) : Finding;
}
