namespace Moldau.Broker.Handover;

/// <summary>What Apache Kafka would make of what a finding names.</summary>
internal enum Outcome
{
    /// <summary>It does not start, or takes the log directory offline.</summary>
    Refused,

    /// <summary>It starts, and something is gone, set aside or wrong without a word.</summary>
    Lost,

    /// <summary>It mends this by itself and loses nothing that was acknowledged.</summary>
    Repaired,

    /// <summary>It goes on; whoever hands the directory over should know.</summary>
    Noted,
}

/// <summary>One thing that a check of a directory has found, and what to do about it.</summary>
internal sealed record Finding
{
    public required Outcome Outcome { get; init; }

    /// <summary>Path of the file or folder.</summary>
    public required string File { get; init; }

    /// <summary>The byte, or in a text file the line, where it stands; null where that says nothing.</summary>
    public long? Position { get; init; }

    public required string Problem { get; init; }

    /// <summary>The class of Kafka's that would meet it.</summary>
    public required string KafkaClass { get; init; }

    /// <summary>What that class does then.</summary>
    public required string KafkaDoes { get; init; }

    public required string Remedy { get; init; }

    /// <summary>Whether a directory with it may not be handed over.</summary>
    public bool Fails => Outcome is Outcome.Refused or Outcome.Lost;
}
