namespace Moldau.Cli.Analyses;

/// <summary>An analysis over a stream of messages, without I/O or clock. Its memory goes with the position into the offset commit.</summary>
internal interface IAnalysis
{
    /// <summary>Names the analysis in the default consumer group.</summary>
    string Name { get; }

    /// <summary>Whether messages of several partitions must be put in the order of their timestamps first.</summary>
    bool NeedsOrder { get; }

    Finding Take(in Message message);

    /// <summary>What a restart needs to go on as if it had not stopped: the metadata of the offset commit. Empty without a memory.</summary>
    string Save();

    /// <summary>Goes on from the newest of what <see cref="Save"/> gave, one text per partition; foreign texts are passed over.</summary>
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
