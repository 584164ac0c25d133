namespace Moldau.Protocol.Wire;

/// <summary>A message is larger than its writer may take.</summary>
internal sealed class WriterFullException(int bytesMax) : Exception($"The message is larger than {bytesMax} bytes.");
