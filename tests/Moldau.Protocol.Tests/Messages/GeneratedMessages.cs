using System.Reflection;
using Moldau.Protocol.Wire;
using Moldau.TestKit.Schemas;

namespace Moldau.Protocol.Messages;

/// <summary>Reads and writes generated messages by the name of their schema.</summary>
internal static class GeneratedMessages
{
    private static readonly MethodInfo ReadMethod = typeof(GeneratedMessages).GetMethod(nameof(ReadAs), BindingFlags.Static | BindingFlags.NonPublic)!;

    public static IReadOnlyDictionary<string, Type> ByName { get; } = typeof(ApiKey).Assembly.GetTypes()
        .Where(type => type.Namespace == "Moldau.Protocol.Messages" && !type.IsNested && typeof(IMessage).IsAssignableFrom(type))
        .ToDictionary(type => type.Name, StringComparer.Ordinal);

    public static IMessage Read(MessageSchema schema, short version, byte[] bytes)
    {
        try
        {
            return (IMessage)ReadMethod.MakeGenericMethod(ByName[schema.Name]).Invoke(null, [bytes, version])!;
        }
        catch (TargetInvocationException e)
        {
            throw new InvalidDataException($"{schema.Name} version {version}: {e.InnerException!.Message}", e.InnerException);
        }
    }

    public static byte[] Write(IMessage message, short version)
    {
        using var writer = new WireWriter();
        message.Write(writer, version);
        var segments = new List<ReadOnlyMemory<byte>>();
        writer.AppendSegments(segments);
        return [.. segments.SelectMany(segment => segment.ToArray())];
    }

    private static T ReadAs<T>(byte[] bytes, short version) where T : IMessage<T>
    {
        var reader = new WireReader(bytes);
        var message = T.Read(ref reader, version);
        return reader.Remaining == 0 ? message : throw new InvalidDataException($"{reader.Remaining} bytes are left over.");
    }
}
