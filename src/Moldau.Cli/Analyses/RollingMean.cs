using System.Globalization;

namespace Moldau.Cli.Analyses;

/// <summary>
/// The mean of the last numbers. The first ones are shown as they came, until there are enough; what is no finite number is
/// reported and left out. Each mean is computed from the numbers themselves, never from a running sum.
/// </summary>
internal sealed class RollingMean : IAnalysis
{
    /// <summary>Keeps what is saved well below the 4,096 characters that a Kafka broker takes as commit metadata.</summary>
    public const int SizeMax = 100;

    private const string Around = " \t\r\n";
    private const NumberStyles Notation = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    private readonly int _size;
    private readonly List<double> _window;
    private Place _last = Place.BeforeAll;

    public RollingMean(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, SizeMax);
        _size = size;
        _window = new List<double>(size);
    }

    public string Name => string.Create(CultureInfo.InvariantCulture, $"mean-{_size}");

    public bool NeedsOrder => true;

    /// <summary>
    /// Reads a decimal number as programs write it (point, optional exponent), whatever the culture of the machine. White space around it
    /// is that of <c>examples/consumer2</c>: space, tab and line end.
    /// </summary>
    public static bool TryParse(string text, out double number)
    {
        // The framework's parser passes over trailing zero characters; a person would not call that a number.
        number = 0;
        return !text.Contains('\0', StringComparison.Ordinal)
            && double.TryParse(text.AsSpan().Trim(Around), Notation, CultureInfo.InvariantCulture, out number)
            && double.IsFinite(number);
    }

    public Finding Take(in Message message)
    {
        // A message that came late does not move the mark back.
        _last = message.Place > _last ? message.Place : _last;
        if (!TryParse(message.Text, out double number))
        {
            return new Finding.NotANumber(message.Text);
        }

        if (_window.Count == _size)
        {
            _window.RemoveAt(0);
        }

        _window.Add(number);
        return _window.Count < _size
            ? new Finding.NoMeanYet(message.Text.AsSpan().Trim(Around).ToString())
            : new Finding.Mean(ExactMean.Of([.. _window]), [.. _window]);
    }

    public string Save() => new SavedWindow(_last, [.. _window]).ToText();

    public void Restore(IEnumerable<string> saved)
    {
        var newest = SavedWindow.Newest(saved);
        _last = newest.Last;
        _window.Clear();
        // A consumer that restarts with a smaller window needs only the end of the saved one.
        _window.AddRange(newest.Numbers.TakeLast(_size));
    }
}
