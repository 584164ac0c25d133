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

    /// <summary>The next line as a password, for the option that asks for it.</summary>
    /// <exception cref="UsageFailure">There is none, or an empty one.</exception>
    public string ReadPassword(string option) => _lines.Read() is { Bytes.Length: > 0 } line
        ? Encoding.UTF8.GetString(line.Bytes)
        : throw new UsageFailure($"{option} found no password on standard input.", $"{option} takes a line of it, which must not be empty.");
}
