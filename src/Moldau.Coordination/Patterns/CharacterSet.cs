using System.Globalization;
using System.Text;

namespace Moldau.Coordination.Patterns;

/// <summary>The characters that one place of a pattern stands for.</summary>
internal sealed class CharacterSet
{
    private const int AsciiEnd = 128;

    /// <summary>In the order of <see cref="UnicodeCategory"/>.</summary>
    private static readonly string[] Categories =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe", "Pi",
        "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
    ];

    private readonly IReadOnlyList<Item> _items;
    private readonly bool _isNegated;
    private readonly bool _ignoresCase;
    private readonly UInt128 _ascii;

    public CharacterSet(IReadOnlyList<Item> items, bool isNegated = false, bool ignoresCase = false)
    {
        (_items, _isNegated, _ignoresCase) = (items, isNegated, ignoresCase);
        for (int c = 0; c < AsciiEnd; c++)
        {
            if (LookUp(c)) _ascii |= UInt128.One << c;
        }
    }

    /// <summary>How much it costs to look a character up that is not of ASCII.</summary>
    public int Size => _items.Count + 1;

    public bool Has(int c) => c < AsciiEnd ? (_ascii & (UInt128.One << c)) != UInt128.Zero : LookUp(c);

    private bool LookUp(int c) => _isNegated != (IsNamed(c) || (_ignoresCase && IsNamedInOtherCase(c)));

    private bool IsNamed(int c) => _items.Any(item => item.Has(c));

    private bool IsNamedInOtherCase(int c)
    {
        if (!Rune.IsValid(c)) return false;
        var rune = new Rune(c);
        return IsNamed(Rune.ToUpperInvariant(rune).Value) || IsNamed(Rune.ToLowerInvariant(rune).Value);
    }

    /// <summary>One part of a set: from one character to another, or a category of Unicode such as <c>Lu</c> or <c>L</c>; or all but that.</summary>
    public readonly record struct Item(int From, int To, string? Category = null, bool IsNegated = false)
    {
        public static Item One(int c) => new(c, c);

        public bool Has(int c) => IsNegated != (Category is null ? c >= From && c <= To : CategoryOf(c).StartsWith(Category, StringComparison.Ordinal));

        public static bool IsCategory(string name) => Categories.Any(known => known.StartsWith(name, StringComparison.Ordinal) && name.Length > 0);

        private static string CategoryOf(int c) => Rune.IsValid(c) ? Categories[(int)Rune.GetUnicodeCategory(new Rune(c))] : "Cs";
    }
}
