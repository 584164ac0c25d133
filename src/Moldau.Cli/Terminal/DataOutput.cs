namespace Moldau.Cli.Terminal;

/// <summary>
/// Where data goes. When a write has failed each later one fails too, and so does a flush of nothing: a writer that drops what it
/// could not write must not count it as written the next time.
/// </summary>
internal sealed class DataOutput(Stream stream) : WriteOnlyStream
{
    private OutputFailedException? _failure;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ThrowIfFailed();
        try
        {
            stream.Write(buffer);
        }
        catch (IOException e)
        {
            throw _failure = e as OutputFailedException ?? new OutputFailedException(e.Message);
        }
    }

    public override void Flush()
    {
        ThrowIfFailed();
        stream.Flush();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            stream.Dispose();
        }

        base.Dispose(disposing);
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw _failure;
        }
    }
}

/// <summary>Data could not be written: the disk is full, for instance.</summary>
internal class OutputFailedException(string reason) : IOException(reason);

/// <summary>Whoever read standard output has gone, as with <c>| head</c>: it has seen enough.</summary>
internal sealed class OutputClosedException(string reason) : OutputFailedException(reason);
