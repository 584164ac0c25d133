namespace Moldau.Protocol.Wire;

/// <summary>The peer, or a file, sent bytes that are not what they claim to be. A connection that sent them is closed.</summary>
internal sealed class MalformedMessageException(string message) : Exception(message);
