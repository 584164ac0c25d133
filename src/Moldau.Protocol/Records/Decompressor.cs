using System.Buffers;

namespace Moldau.Protocol.Records;

/// <summary>
/// Decompresses the records of a batch window by window, so that memory depends on the window and never on what the bytes
/// claim or unfold to. The total is limited too: it bounds the time that a small batch can cost.
/// </summary>
internal abstract class Decompressor : IDisposable
{
    /// <summary>Decompressed bytes of one batch. Far above what the clients put into a batch before they compress it.</summary>
    public const long OutputBytesMaxDefault = 128 * 1024 * 1024;

    /// <summary>The usual size of a window, in bytes.</summary>
    protected const int WindowBytes = 64 * 1024;

    private readonly long _outputBytesMax;
    private byte[] _window = [];
    private long _outputBytes;

    protected Decompressor(ReadOnlyMemory<byte> compressed, long outputBytesMax)
    {
        Compressed = compressed;
        _outputBytesMax = outputBytesMax;
    }

    /// <summary>What is still to be decompressed.</summary>
    protected ReadOnlyMemory<byte> Compressed { get; set; }

    public static Decompressor Open(CompressionCodec codec, ReadOnlyMemory<byte> compressed, long outputBytesMax = OutputBytesMaxDefault) => codec switch
    {
        CompressionCodec.Gzip => new GzipDecompressor(compressed, outputBytesMax),
        CompressionCodec.Snappy => new SnappyDecompressor(compressed, outputBytesMax),
        CompressionCodec.Lz4 => new Lz4Decompressor(compressed, outputBytesMax),
        CompressionCodec.Zstd => new ZstdDecompressor(compressed, outputBytesMax),
        _ => throw new MalformedBatchException(ErrorCode.UnknownServerError, $"No compression has the number {(int)codec}."),
    };

    /// <summary>The next decompressed bytes, valid until the next call; none at the end.</summary>
    /// <exception cref="MalformedBatchException">The bytes are not what the codec writes, or they unfold to more than is allowed.</exception>
    public ReadOnlySpan<byte> Next()
    {
        var window = ReadWindow();
        _outputBytes += window.Length;
        return _outputBytes <= _outputBytesMax ? window : throw TooLarge();
    }

    public void Dispose()
    {
        Release();
        if (_window.Length > 0) ArrayPool<byte>.Shared.Return(_window);
        _window = [];
        GC.SuppressFinalize(this);
    }

    protected abstract ReadOnlySpan<byte> ReadWindow();

    /// <summary>Gives back what the codec holds beside the window.</summary>
    protected virtual void Release()
    {
    }

    /// <summary>The window, at least as large as asked for. What it held is lost when it grows.</summary>
    protected byte[] Window(int bytes)
    {
        if (_window.Length >= bytes) return _window;
        // The limit is looked at before the memory is taken, since a block may announce more than it may have.
        if (bytes > _outputBytesMax) throw TooLarge();
        if (_window.Length > 0) ArrayPool<byte>.Shared.Return(_window);
        _window = [];
        return _window = ArrayPool<byte>.Shared.Rent(bytes);
    }

    protected static MalformedBatchException Undecodable(string codec, string problem, Exception? cause = null) =>
        new(ErrorCode.UnknownServerError, $"The {codec} data of the batch cannot be decompressed: {problem}.", cause);

    private MalformedBatchException TooLarge() =>
        new(ErrorCode.MessageTooLarge, $"The batch unfolds to more than {_outputBytesMax} bytes, the most that one batch may decompress to.");
}
