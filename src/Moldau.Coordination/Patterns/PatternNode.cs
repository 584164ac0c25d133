namespace Moldau.Coordination.Patterns;

/// <summary>A part of a pattern as it is written.</summary>
internal abstract record PatternNode
{
    /// <summary>One character.</summary>
    public sealed record One(CharacterSet Characters) : PatternNode;

    /// <summary>No character, but a condition on those around.</summary>
    public sealed record Place(PlaceKind Kind) : PatternNode;

    public sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode;

    public sealed record Choice(IReadOnlyList<PatternNode> Options) : PatternNode;

    /// <summary>So often at least, and at most; null where there is no end.</summary>
    public sealed record Repeated(PatternNode Part, int Min, int? Max) : PatternNode;
}

internal enum PlaceKind
{
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    WordEdge,
    NoWordEdge,
}
