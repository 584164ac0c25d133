using System.Buffers;

namespace Moldau.Cli.Terminal;

/// <summary>A line of input, as bytes; <see cref="IsTooLong"/> when it was longer than a message may be, and then it is empty.</summary>
internal readonly record struct InputLine(byte[] Bytes, bool IsTooLong);

/// <summary>Reads lines as the bytes that were entered, without their line end (LF or CR LF); holds one line of bounded length.</summary>
internal sealed class LineReader(Stream input, int lineBytesMax)
{
    private readonly byte[] _chunk = new byte[64 * 1_024];
    private readonly ArrayBufferWriter<byte> _line = new();
    private int _at;
    private int _end;
    private bool _isAtEnd;

    /// <summary>The last line had no line end: the input ended within it.</summary>
    public bool IsWithinLine { get; private set; }

    /// <summary>The next line; null at the end of the input. A last line needs no line end.</summary>
    public InputLine? Read()
    {
        _line.ResetWrittenCount();
        bool tooLong = false;
        bool any = false;
        while (Fill())
        {
            any = true;
            var rest = _chunk.AsSpan(_at, _end - _at);
            int length = rest.IndexOf((byte)'\n');
            var part = length < 0 ? rest : rest[..length];
            // One byte more than the limit may yet turn out to be the CR of the line end.
            tooLong |= _line.WrittenCount + part.Length > lineBytesMax + 1;
            if (!tooLong)
            {
                _line.Write(part);
            }

            _at += part.Length;
            if (length >= 0)
            {
                _at++;
                return Finish(tooLong);
            }
        }

        IsWithinLine |= any;
        return any ? Finish(tooLong) : null;
    }

    private bool Fill()
    {
        if (_at == _end && !_isAtEnd)
        {
            (_at, _end) = (0, input.Read(_chunk));
            // The end is asked for once: a terminal would wait for a second Ctrl-D.
            _isAtEnd = _end == 0;
        }

        return _at < _end;
    }

    private InputLine Finish(bool tooLong)
    {
        var line = _line.WrittenSpan;
        line = line is [.., (byte)'\r'] ? line[..^1] : line;
        return tooLong || line.Length > lineBytesMax ? new InputLine([], IsTooLong: true) : new InputLine(line.ToArray(), IsTooLong: false);
    }
}
