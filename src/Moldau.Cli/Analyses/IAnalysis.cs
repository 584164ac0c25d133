namespace Moldau.Cli.Analyses;

/// <summary>An analysis over a stream of messages, without I/O or clock. Its memory travels with the position in the offset commit.</summary>
internal interface IAnalysis
{
    /// <summary>Names the analysis in the default consumer group.</summary>
    string Name { get; }

    /// <summary>Whether messages of several partitions must be put in the order of their timestamps first.</summary>
    bool NeedsOrder { get; }

    Finding Take(in Message message);

    /// <summary>What a restart needs to go on as if it had not stopped; goes into the metadata of the offset commit. Empty where nothing is remembered.</summary>
    string Save();

    /// <summary>Goes on from the newest of what <see cref="Save"/> gave; one text per partition, in any order, foreign texts are passed over.</summary>
    void Restore(IEnumerable<string> saved);
}

/// <summary>Shows each message as it came.</summary>
internal sealed class PlainLines : IAnalysis
{
    public string Name => "lines";

    public bool NeedsOrder => false;

    public Finding Take(in Message message) => new Finding.Line(message.Text);

    public string Save() => "";

    public void Restore(IEnumerable<string> saved)
    {
    }
}
