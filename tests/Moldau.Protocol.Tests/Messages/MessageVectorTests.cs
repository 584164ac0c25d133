using System.Text.Json.Nodes;
using Moldau.TestKit.Schemas;

namespace Moldau.Protocol.Messages;

/// <summary>Every version of every generated message, held to the bytes that Kafka's own code made of the same values.</summary>
public sealed class MessageVectorTests
{
    private const int Vectors = 4094;

    [Fact]
    public void There_is_a_class_for_every_schema_that_has_a_version()
    {
        var schemas = MessageSchemas.ByName.Values.Where(schema => !schema.ValidVersions.IsEmpty).Select(schema => schema.Name);
        Assert.Equal(schemas.Order(StringComparer.Ordinal), GeneratedMessages.ByName.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_vector_decodes_to_its_value() => CheckAll(vector =>
    {
        var decoded = new MessageMirror(vector.Schema, vector.Version).ToJson(GeneratedMessages.Read(vector.Schema, vector.Version, vector.Body));
        return JsonNode.DeepEquals(vector.Value, decoded) ? null : $"decodes to {decoded.ToJsonString()} instead of {vector.Value.ToJsonString()}";
    });

    [Fact]
    public void Every_value_encodes_to_its_bytes() => CheckAll(vector =>
    {
        var message = new MessageMirror(vector.Schema, vector.Version).FromJson(vector.Value, vector.UnknownTags);
        return Compare(vector.Body, GeneratedMessages.Write(message, vector.Version));
    });

    [Fact]
    public void What_was_read_is_written_back_byte_for_byte() => CheckAll(vector =>
        Compare(vector.Body, GeneratedMessages.Write(GeneratedMessages.Read(vector.Schema, vector.Version, vector.Body), vector.Version)));

    [Fact]
    public void A_message_that_is_cut_short_is_malformed_and_never_read_beyond_its_end() => CheckAll(vector =>
    {
        int cut = vector.Body.Length / 2;
        try
        {
            GeneratedMessages.Read(vector.Schema, vector.Version, vector.Body[..cut]);
            return vector.Body.Length == 0 ? null : $"is read from {cut} of {vector.Body.Length} bytes";
        }
        catch (InvalidDataException e) when (e.InnerException is Wire.MalformedMessageException)
        {
            return null;
        }
    });

    private static string? Compare(byte[] expected, byte[] actual) => expected.AsSpan().SequenceEqual(actual)
        ? null
        : $"encodes to {Convert.ToHexStringLower(actual)} instead of {Convert.ToHexStringLower(expected)}";

    /// <summary>Names every vector that differs, the first few with their difference.</summary>
    private static void CheckAll(Func<MessageVector, string?> difference)
    {
        const int shownMax = 5;
        int count = 0;
        var found = new List<string>();
        foreach (var vector in MessageVector.All())
        {
            count++;
            if (difference(vector) is { } text) found.Add($"{vector} {text}");
        }
        Assert.True(found.Count == 0, $"{found.Count} of {count} vectors differ:\n{string.Join('\n', found.Take(shownMax))}");
        Assert.Equal(Vectors, count);
    }
}
