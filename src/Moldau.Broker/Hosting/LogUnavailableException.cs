namespace Moldau.Broker.Hosting;

/// <summary>A shard's log cannot be opened or read now, for want of room or of handles say; later it may be.</summary>
internal sealed class LogUnavailableException(string message) : IOException(message);
