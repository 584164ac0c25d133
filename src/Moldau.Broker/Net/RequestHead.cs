using System.Text;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Net;

/// <summary>The part of the request header that every version has, and the client id.</summary>
internal readonly record struct RequestHead(short ApiKey, short Version, int CorrelationId, string? ClientId);

/// <summary>
/// Reads request headers of one connection. A client says the same client id in every request, so the last one is kept and not made anew.
/// </summary>
internal sealed class RequestHeadReader
{
    private byte[] _lastBytes = [];
    private string _lastClientId = "";

    // | api key 2 | version 2 | correlation id 4 | client id: length 2 (negative: null), bytes | tagged fields, in flexible versions |
    public RequestHead Read(ref WireReader reader)
    {
        short apiKey = reader.ReadInt16();
        short version = reader.ReadInt16();
        int correlationId = reader.ReadInt32();
        return new RequestHead(apiKey, version, correlationId, ReadClientId(ref reader));
    }

    /// <summary>The header's tagged fields: none is known, all are skipped.</summary>
    public static void SkipTags(ref WireReader reader)
    {
        int count = reader.ReadUnsignedVarint();
        for (int i = 0; i != count; i++)
        {
            reader.ReadUnsignedVarint();
            reader.Take(reader.ReadUnsignedVarint());
        }
    }

    private string? ReadClientId(ref WireReader reader)
    {
        int length = reader.ReadInt16();
        if (length < 0) return null;
        var bytes = reader.Take(length);
        if (!bytes.SequenceEqual(_lastBytes))
        {
            _lastClientId = Encoding.UTF8.GetString(bytes);
            _lastBytes = bytes.ToArray();
        }
        return _lastClientId;
    }
}
