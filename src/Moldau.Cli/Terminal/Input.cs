using System.Text;

namespace Moldau.Cli.Terminal;

/// <summary>Standard input: a password on the first line, where asked for, and then the messages.</summary>
internal sealed class Input(Stream stream)
{
    /// <summary>A bound for memory, above what brokers take by default: how large a message may be is theirs to say.</summary>
    public const int LineBytesMax = 16 * 1024 * 1024;

    public static readonly string TooLong = $"The line is longer than {LineBytesMax} bytes, the most that moldau sends.";

    private readonly LineReader _lines = new(stream, LineBytesMax);

    public static Input Standard() => new(Console.OpenStandardInput()) { IsFromPerson = !Console.IsInputRedirected };

    /// <summary>A person types.</summary>
    public bool IsFromPerson { get; private init; }

    /// <inheritdoc cref="LineReader.IsWithinLine"/>
    public bool IsWithinLine => _lines.IsWithinLine;

    public InputLine? ReadLine() => _lines.Read();

    /// <summary>The next line as a password, which a terminal does not show; empty if there is none. Cannot be broken off.</summary>
    public string ReadPassword() => IsFromPerson ? TypedUnseen() : _lines.Read() is { } line ? Encoding.UTF8.GetString(line.Bytes) : "";

    private static string TypedUnseen()
    {
        const int LengthMax = 1_024;
        const char EndOfInput = '\u0004';
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter, KeyChar: not EndOfInput } pressed)
        {
            if (pressed.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(pressed.KeyChar) && typed.Length < LengthMax)
            {
                typed.Append(pressed.KeyChar);
            }
        }

        return typed.ToString();
    }
}
