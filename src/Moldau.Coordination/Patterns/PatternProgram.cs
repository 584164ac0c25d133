namespace Moldau.Coordination.Patterns;

internal enum PatternOp
{
    /// <summary>Takes one character of the set, and goes on.</summary>
    Take,

    /// <summary>Goes on if the place is of that kind.</summary>
    Check,

    /// <summary>Goes on at two places at once.</summary>
    Fork,

    /// <summary>All that is left is nothing.</summary>
    End,
}

internal readonly record struct PatternStep(PatternOp Op, int Next = -1, int Other = -1, CharacterSet? Set = null, PlaceKind Place = default);

/// <summary>A pattern as steps, each of which knows its successors: an automaton whose states are sets of steps. Repetitions are written out.</summary>
internal sealed class PatternProgram
{
    private const int StepsMax = 2_000;

    /// <summary>Repetitions of nothing make no steps, but take as long.</summary>
    private const int PartsMax = 20_000;

    private readonly List<PatternStep> _steps = [new(PatternOp.End)];
    private int _parts;

    private PatternProgram(PatternNode pattern) => Start = Write(pattern, next: 0);

    public IReadOnlyList<PatternStep> Steps => _steps;

    public int Start { get; }

    /// <exception cref="PatternFaultException">The pattern is not well-formed, or has too many steps.</exception>
    public static PatternProgram Of(string pattern) => new(PatternParser.Parse(pattern));

    /// <summary>Writes a part, from which it goes on to the next; gives back where it begins.</summary>
    private int Write(PatternNode part, int next)
    {
        if (++_parts > PartsMax) throw TooLarge();
        return part switch
        {
            PatternNode.One one => Add(new PatternStep(PatternOp.Take, next, Set: one.Characters)),
            PatternNode.Place place => Add(new PatternStep(PatternOp.Check, next, Place: place.Kind)),
            PatternNode.Sequence sequence => sequence.Parts.Reverse().Aggregate(next, (following, inner) => Write(inner, following)),
            PatternNode.Choice choice => choice.Options.Select(option => Write(option, next)).ToList().Aggregate(Fork),
            PatternNode.Repeated repeated => Write(repeated, next),
            _ => throw new ArgumentException($"A pattern has no part of the kind {part}.", nameof(part)),
        };
    }

    private int Write(PatternNode.Repeated repeated, int next)
    {
        int start = repeated.Max is null ? WriteLoop(repeated.Part, next) : next;
        for (int i = repeated.Min; i < repeated.Max; i++) start = Fork(Write(repeated.Part, start), next);
        for (int i = 0; i < repeated.Min; i++) start = Write(repeated.Part, start);
        return start;
    }

    private int WriteLoop(PatternNode part, int next)
    {
        int loop = Fork(next, next);
        int again = Write(part, loop);
        _steps[loop] = new PatternStep(PatternOp.Fork, again, next);
        return loop;
    }

    private int Fork(int one, int other) => Add(new PatternStep(PatternOp.Fork, one, other));

    private int Add(PatternStep step)
    {
        if (_steps.Count > StepsMax) throw TooLarge();
        _steps.Add(step);
        return _steps.Count - 1;
    }

    private static PatternFaultException TooLarge() => new($"written out, its repetitions come to more than {StepsMax} steps");
}
