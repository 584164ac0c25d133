namespace Moldau.Coordination.Patterns;

/// <summary>A pattern cannot be used; the message says why, as the end of a sentence.</summary>
internal sealed class PatternFaultException(string message) : Exception(message);
