namespace Moldau.Log;

/// <summary>The partition takes no more appends: its disk failed, the journal failed, or it was deleted or closed.</summary>
internal sealed class LogOfflineException(string message, Exception? cause = null) : IOException(message, cause);
