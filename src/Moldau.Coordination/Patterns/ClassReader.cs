using System.Globalization;
using Item = Moldau.Coordination.Patterns.CharacterSet.Item;

namespace Moldau.Coordination.Patterns;

/// <summary>Reads the classes of characters in patterns: <c>[a-z]</c>, <c>\d</c>, <c>\pL</c>, <c>[[:alpha:]]</c>.</summary>
internal static class ClassReader
{
    private const int Last = 0x10FFFF;

    private static readonly Item[] Digits = [new('0', '9')];
    private static readonly Item[] Spaces = [new('\t', '\n'), new('\f', '\r'), Item.One(' ')];
    private static readonly Item[] Words = [new('0', '9'), new('A', 'Z'), Item.One('_'), new('a', 'z')];

    public static CharacterSet Any { get; } = new([new Item(0, Last)]);

    public static CharacterSet AnyInLine { get; } = new([Item.One('\n')], isNegated: true);

    /// <summary>Reads on from behind the bracket that opens.</summary>
    public static CharacterSet Read(PatternReader reader, bool ignoresCase)
    {
        bool isNegated = reader.Take('^');
        var items = new List<Item>();
        for (bool isFirst = true; isFirst || !reader.Take(']'); isFirst = false)
        {
            if (reader.IsAtEnd) throw reader.Fault("a bracket is not closed");
            if (reader.Take("[:")) items.AddRange(ReadNamed(reader));
            else ReadRange(reader, items);
        }
        return new CharacterSet(items, isNegated, ignoresCase);
    }

    /// <summary>Reads on from behind the backslash.</summary>
    public static IReadOnlyList<Item> ReadEscape(PatternReader reader)
    {
        int c = reader.Next();
        return c switch
        {
            'd' => Digits,
            'D' => AllBut(Digits),
            's' => Spaces,
            'S' => AllBut(Spaces),
            'w' => Words,
            'W' => AllBut(Words),
            'p' or 'P' => [ReadCategory(reader, isNegated: c == 'P')],
            'x' => [Item.One(ReadHex(reader))],
            '0' => [Item.One(ReadOctal(reader))],
            'a' => [Item.One('\a')],
            'f' => [Item.One('\f')],
            'n' => [Item.One('\n')],
            'r' => [Item.One('\r')],
            't' => [Item.One('\t')],
            'v' => [Item.One('\v')],
            >= '1' and <= '9' => throw reader.Fault("it refers to what it matched before, which patterns of names cannot"),
            < 128 when char.IsAsciiLetter((char)c) => throw reader.Fault($"'\\{(char)c}' means nothing"),
            _ => [Item.One(c)],
        };
    }

    private static void ReadRange(PatternReader reader, List<Item> items)
    {
        var from = ReadOne(reader);
        if (!reader.IsNext('-') || reader.IsNext("-]") || !reader.Take('-'))
        {
            items.AddRange(from);
            return;
        }
        var to = ReadOne(reader);
        if (!IsOne(from) || !IsOne(to) || to[0].From < from[0].From) throw reader.Fault("a range of characters has no such ends");
        items.Add(new Item(from[0].From, to[0].From));
    }

    private static IReadOnlyList<Item> ReadOne(PatternReader reader) => reader.Take('\\') ? ReadEscape(reader) : [Item.One(reader.Next())];

    private static bool IsOne(IReadOnlyList<Item> items) => items is [{ Category: null, IsNegated: false } only] && only.From == only.To;

    private static IEnumerable<Item> ReadNamed(PatternReader reader)
    {
        bool isNegated = reader.Take('^');
        var items = reader.Until(':') switch
        {
            "alnum" => [new('0', '9'), new('A', 'Z'), new('a', 'z')],
            "alpha" => [new('A', 'Z'), new('a', 'z')],
            "ascii" => [new(0, 0x7F)],
            "blank" => [Item.One('\t'), Item.One(' ')],
            "cntrl" => [new(0, 0x1F), Item.One(0x7F)],
            "digit" => Digits,
            "graph" => [new('!', '~')],
            "lower" => [new('a', 'z')],
            "print" => [new(' ', '~')],
            "punct" => [new('!', '/'), new(':', '@'), new('[', '`'), new('{', '~')],
            "space" => [new('\t', '\r'), Item.One(' ')],
            "upper" => [new('A', 'Z')],
            "word" => Words,
            "xdigit" => (Item[])[new('0', '9'), new('A', 'F'), new('a', 'f')],
            _ => throw reader.Fault("there is no class of that name"),
        };
        if (!reader.Take(']')) throw reader.Fault("the name of a class is not closed");
        return isNegated ? AllBut(items) : items;
    }

    private static Item ReadCategory(PatternReader reader, bool isNegated)
    {
        string name = reader.Take('{') ? reader.Until('}') : char.ConvertFromUtf32(reader.Next());
        if (name.StartsWith('^')) (name, isNegated) = (name[1..], !isNegated);
        if (name == "Any") return new Item(0, Last, IsNegated: isNegated);
        return Item.IsCategory(name)
            ? new Item(0, 0, name, isNegated)
            : throw reader.Fault($"patterns of names know no class '{name}'");
    }

    private static int ReadHex(PatternReader reader)
    {
        string digits = reader.Take('{') ? reader.Until('}') : $"{(char)reader.Next()}{(char)reader.Next()}";
        bool isRead = int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int c);
        return isRead && c is >= 0 and <= Last ? c : throw reader.Fault("a character's number cannot be read");
    }

    /// <summary>Up to two digits more.</summary>
    private static int ReadOctal(PatternReader reader)
    {
        int c = 0;
        for (int i = 0; i < 2 && !reader.IsAtEnd && reader.Peek is >= '0' and <= '7'; i++) c = (c * 8) + reader.Next() - '0';
        return c;
    }

    /// <summary>The gaps between items that are in order.</summary>
    private static List<Item> AllBut(IReadOnlyList<Item> items)
    {
        var gaps = new List<Item>();
        int from = 0;
        foreach (var item in items)
        {
            if (item.From > from) gaps.Add(new Item(from, item.From - 1));
            from = item.To + 1;
        }
        if (from <= Last) gaps.Add(new Item(from, Last));
        return gaps;
    }
}
