namespace Moldau.Broker.Handover;

/// <summary>Counts what is found and hands it on at once, so that nothing of it is kept.</summary>
internal sealed class FindingList(Action<Finding> found)
{
    private readonly int[] _counts = new int[Enum.GetValues<Outcome>().Length];
    private string? _remedyOfRefused;

    public bool Passes => Count(Outcome.Refused) + Count(Outcome.Lost) == 0;

    public int Count(Outcome outcome) => _counts[(int)outcome];

    /// <summary>Runs a part of the check of which only what keeps Kafka from starting matters, with a remedy that is the same for all.</summary>
    public void KeepRefused(string remedy, Action part)
    {
        _remedyOfRefused = remedy;
        try
        {
            part();
        }
        finally
        {
            _remedyOfRefused = null;
        }
    }

    public void Add(Finding finding)
    {
        if (_remedyOfRefused is { } remedy)
        {
            if (finding.Outcome != Outcome.Refused) return;
            finding = finding with { Remedy = remedy };
        }
        _counts[(int)finding.Outcome]++;
        found(finding);
    }

    public FileFindings Of(string file) => new(this, file);
}

/// <summary>Takes the findings of one file.</summary>
internal readonly record struct FileFindings(FindingList All, string File)
{
    public void Refused(KafkaAct act, string problem, string remedy, long? position = null) => Add(Outcome.Refused, act, problem, remedy, position);

    public void Lost(KafkaAct act, string problem, string remedy, long? position = null) => Add(Outcome.Lost, act, problem, remedy, position);

    public void Repaired(KafkaAct act, string problem, long? position = null) => Add(Outcome.Repaired, act, problem, Remedies.None, position);

    public void Noted(KafkaAct act, string problem, string remedy, long? position = null) => Add(Outcome.Noted, act, problem, remedy, position);

    public void Add(Outcome outcome, KafkaAct act, string problem, string remedy, long? position) => All.Add(new Finding
    {
        Outcome = outcome,
        File = File,
        Position = position,
        Problem = problem,
        KafkaClass = act.Class,
        KafkaDoes = act.Does,
        Remedy = remedy,
    });
}

/// <summary>A class of Kafka's, and what it does.</summary>
internal readonly record struct KafkaAct(string Class, string Does);

/// <summary>What to do about a finding, where it is the same for many.</summary>
internal static class Remedies
{
    public const string None = "Nothing: Kafka does this when it starts.";
    public const string RunHandover = "Run `moldau handover DIR`, which recovers the directory and stops it cleanly.";
    public const string Restore = "Bring the file back from a copy of the directory.";
    public const string RestorePartition = "Bring the partition's folder back from a copy of the directory; without one the records are gone.";
    public const string Copy = "Copy the directory before anything else is done. Then start Moldau on it, which says what it can still read.";
    public const string MakeReadable = "Make it readable and writable for the user that Kafka runs as.";
}
