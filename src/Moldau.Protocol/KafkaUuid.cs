using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace Moldau.Protocol;

/// <summary>The text form of Kafka's uuids: 22 characters of URL-safe base64 over the 16 big-endian bytes.</summary>
internal static class KafkaUuid
{
    public const int TextLength = 22;

    public static string ToText(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    public static bool TryParse([NotNullWhen(true)] string? text, out Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id = default;
        if (text?.Length != TextLength) return false;
        if (Base64Url.DecodeFromChars(text, bytes, out _, out int written) != OperationStatus.Done || written != 16) return false;
        id = new Guid(bytes, bigEndian: true);
        return true;
    }
}
