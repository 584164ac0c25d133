using System.Text;

namespace Moldau.Cli.Terminal;

/// <summary>Standard input: a password on the first line, where asked for, and then the messages.</summary>
internal sealed class Input(Stream stream)
{
    /// <summary>What fits into a batch of a broker with Kafka's default settings.</summary>
    public const int LineBytesMax = 1024 * 1024;

    private readonly LineReader _lines = new(stream, LineBytesMax);

    public static Input Standard() => new(Console.OpenStandardInput()) { IsFromPerson = !Console.IsInputRedirected };

    /// <summary>A person types.</summary>
    public bool IsFromPerson { get; private init; }

    public InputLine? ReadLine() => _lines.Read();

    /// <exception cref="CommandFailure">There is no first line.</exception>
    public string ReadPassword() => _lines.Read() is { Bytes.Length: > 0 } line
        ? Encoding.UTF8.GetString(line.Bytes)
        : throw new CommandFailure("There is no password on standard input.", "With --password-stdin its first line is the password.");
}
