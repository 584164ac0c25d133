namespace Moldau.Cli.Clients;

/// <summary>A broker has answered, and with more than is read. The connection is of no use any more.</summary>
internal sealed class AnswerTooLargeException(int bytes, int bytesMax) : IOException($"its answer has {bytes} bytes, of which no more than {bytesMax} are read");
