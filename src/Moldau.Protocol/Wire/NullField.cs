namespace Moldau.Protocol.Wire;

/// <summary>What generated messages throw where a field is null that may not be.</summary>
internal static class NullField
{
    public static MalformedMessageException OnRead(string message, string field) => new($"{field} of a {message} is null, which this version does not allow.");

    public static InvalidOperationException OnWrite(string message, string field) => new($"{field} of a {message} is null, which this version does not allow.");
}
