namespace Moldau.Protocol.Records;

/// <summary>
/// The bytes of a batch cannot be read as records. <see cref="Error"/> is what a producer that sent them is told; where a log
/// holds them, the log is damaged.
/// </summary>
internal sealed class MalformedBatchException(ErrorCode error, string message, Exception? cause = null) : Exception(message, cause)
{
    public ErrorCode Error { get; } = error;
}
