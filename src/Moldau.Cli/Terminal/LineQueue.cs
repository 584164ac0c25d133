using System.Collections.Concurrent;

namespace Moldau.Cli.Terminal;

/// <summary>
/// The lines of the input, until its end or the stop. A thread of its own reads, since a read from a keyboard cannot be broken
/// off; what it has handed over when the stop comes is still given out.
/// </summary>
internal sealed class LineQueue : IDisposable
{
    private readonly BlockingCollection<InputLine> _lines = new(boundedCapacity: 1);
    private readonly Input _input;
    private readonly CancellationToken _stop;
    private volatile Exception? _failure;

    public LineQueue(Input input, CancellationToken stop)
    {
        (_input, _stop) = (input, stop);
        new Thread(ReadAll) { IsBackground = true, Name = "standard input" }.Start();
    }

    /// <summary>Waits for the next line; null at the end of the input and after the stop.</summary>
    /// <exception cref="CommandFailure">The input cannot be read.</exception>
    public InputLine? Next()
    {
        try
        {
            if (_lines.TryTake(out var line, Timeout.Infinite, _stop))
            {
                return line;
            }
        }
        catch (OperationCanceledException)
        {
            return _lines.TryTake(out var rest) ? rest : null;
        }

        return _failure is { } failure
            ? throw new CommandFailure($"Standard input could not be read to its end: {failure.Message}", "What came before was taken.")
            : null;
    }

    public void Dispose() => _lines.Dispose();

    private void ReadAll()
    {
        try
        {
            while (_input.ReadLine() is { } line)
            {
                _lines.Add(line, _stop);
            }

            _lines.CompleteAdding();
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The command has stopped.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _failure = e;
            _lines.CompleteAdding();
        }
    }
}
