namespace Moldau.Coordination.Patterns;

/// <summary>
/// Reads patterns as RE2 writes them, whose syntax is that of Kafka's patterns. What tells only where a match is, and not whether there is
/// one (captures, lazy repetitions), is read and forgotten.
/// </summary>
internal sealed class PatternParser
{
    private const int RepetitionsMax = 1_000;

    /// <summary>Bounds the stack.</summary>
    private const int DepthMax = 250;

    private readonly PatternReader _reader;
    private Flags _flags;
    private int _depth;

    private PatternParser(string pattern) => _reader = new PatternReader(pattern);

    /// <exception cref="PatternFaultException">The pattern is not well-formed.</exception>
    public static PatternNode Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        var node = parser.ReadChoice();
        return parser._reader.IsAtEnd ? node : throw parser._reader.Fault("a parenthesis closes that was not opened");
    }

    private PatternNode ReadChoice()
    {
        if (++_depth > DepthMax) throw _reader.Fault($"its parentheses are more than {DepthMax} deep");
        var options = new List<PatternNode> { ReadSequence() };
        while (_reader.Take('|')) options.Add(ReadSequence());
        _depth--;
        return options.Count == 1 ? options[0] : new PatternNode.Choice(options);
    }

    private PatternNode ReadSequence()
    {
        var parts = new List<PatternNode>();
        while (!_reader.IsAtEnd && !_reader.IsNext('|') && !_reader.IsNext(')'))
        {
            if (_reader.Take("\\Q")) ReadQuoted(parts);
            else if (ReadPart() is { } part) parts.Add(ReadRepetition(part));
        }
        return parts.Count == 1 ? parts[0] : new PatternNode.Sequence(parts);
    }

    /// <summary>Null for flags, which are no part.</summary>
    private PatternNode? ReadPart() => _reader.Next() switch
    {
        '(' => ReadGroup(),
        '[' => new PatternNode.One(ClassReader.Read(_reader, _flags.HasFlag(Flags.IgnoresCase))),
        '.' => new PatternNode.One(_flags.HasFlag(Flags.DotIsAll) ? ClassReader.Any : ClassReader.AnyInLine),
        '^' => new PatternNode.Place(_flags.HasFlag(Flags.Lines) ? PlaceKind.LineStart : PlaceKind.TextStart),
        '$' => new PatternNode.Place(_flags.HasFlag(Flags.Lines) ? PlaceKind.LineEnd : PlaceKind.TextEnd),
        '*' or '+' or '?' => throw _reader.Fault("there is nothing to repeat"),
        '\\' => ReadEscape(),
        var c => Literal(c),
    };

    private PatternNode ReadEscape()
    {
        PlaceKind? place = _reader.IsAtEnd ? null : _reader.Peek switch
        {
            'A' => PlaceKind.TextStart,
            'z' => PlaceKind.TextEnd,
            'b' => PlaceKind.WordEdge,
            'B' => PlaceKind.NoWordEdge,
            _ => null,
        };
        if (place is not { } kind) return new PatternNode.One(new CharacterSet(ClassReader.ReadEscape(_reader), ignoresCase: _flags.HasFlag(Flags.IgnoresCase)));
        _reader.Next();
        return new PatternNode.Place(kind);
    }

    private PatternNode.One Literal(int c) => new(new CharacterSet([CharacterSet.Item.One(c)], ignoresCase: _flags.HasFlag(Flags.IgnoresCase)));

    /// <summary>What follows up to <c>\E</c> is meant as it stands; without that, all of it.</summary>
    private void ReadQuoted(List<PatternNode> parts)
    {
        while (!_reader.IsAtEnd && !_reader.Take("\\E"))
        {
            var literal = Literal(_reader.Next());
            parts.Add(_reader.IsAtEnd || _reader.IsNext("\\E") ? ReadLastQuoted(literal) : literal);
        }
    }

    /// <summary>A repetition behind the quotation is one of its last character.</summary>
    private PatternNode ReadLastQuoted(PatternNode literal)
    {
        _reader.Take("\\E");
        return ReadRepetition(literal);
    }

    private PatternNode? ReadGroup()
    {
        var outside = _flags;
        if (_reader.Take('?') && !ReadGroupStart()) return null;
        var inside = ReadChoice();
        if (!_reader.Take(')')) throw _reader.Fault("a parenthesis is not closed");
        _flags = outside;
        return inside;
    }

    /// <summary>False if it was only about the flags of what follows.</summary>
    private bool ReadGroupStart()
    {
        if (_reader.Take("P<") || (_reader.IsNext('<') && !_reader.IsNext("<=") && !_reader.IsNext("<!") && _reader.Take('<')))
        {
            SkipName();
            return true;
        }
        if (_reader.IsAtEnd || _reader.Peek is '=' or '!' or '<' or '>')
            throw _reader.Fault("it looks ahead or back, or does not go back, which patterns of names cannot");
        return ReadFlags();
    }

    private void SkipName()
    {
        int length = 0;
        for (; !_reader.Take('>'); length++)
        {
            if (_reader.IsAtEnd || !IsWord(_reader.Next())) throw _reader.Fault("the name of a group is broken");
        }
        if (length == 0) throw _reader.Fault("the name of a group is empty");
    }

    private bool ReadFlags()
    {
        bool sets = true;
        while (!_reader.IsAtEnd)
        {
            int c = _reader.Next();
            if (c == ':') return true;
            if (c == ')') return false;
            if (c == '-') sets = false;
            else if (FlagOf(c) is { } flag) _flags = sets ? _flags | flag : _flags & ~flag;
            else break;
        }
        throw _reader.Fault("there is no such kind of parenthesis");
    }

    private static Flags? FlagOf(int c) => c switch
    {
        'i' => Flags.IgnoresCase,
        's' => Flags.DotIsAll,
        'm' => Flags.Lines,
        'U' => Flags.None, // Turns lazy and greedy around.
        _ => null,
    };

    private PatternNode ReadRepetition(PatternNode part)
    {
        if (ReadCount() is not var (min, max)) return part;
        if (min > RepetitionsMax || max > RepetitionsMax) throw _reader.Fault($"more than {RepetitionsMax} repetitions are asked for");
        if (max < min) throw _reader.Fault("the largest count of a repetition is below its smallest");
        _reader.Take('?'); // As few as possible or as many as possible: the name matches or does not.
        if (ReadCount() is not null) throw _reader.Fault("a repetition is repeated without a parenthesis");
        return new PatternNode.Repeated(part, min, max);
    }

    private (int Min, int? Max)? ReadCount()
    {
        if (_reader.Take('*')) return (0, null);
        if (_reader.Take('+')) return (1, null);
        if (_reader.Take('?')) return (0, 1);
        return _reader.TakeBraces();
    }

    private static bool IsWord(int c) => c < 128 && (char.IsAsciiLetterOrDigit((char)c) || c == '_');

    [Flags]
    private enum Flags
    {
        None = 0,
        IgnoresCase = 1,
        DotIsAll = 2,
        Lines = 4,
    }
}
