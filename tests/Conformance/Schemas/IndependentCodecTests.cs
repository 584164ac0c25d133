using System.Text.Json.Nodes;
using Moldau.TestKit.Schemas;

namespace Moldau.Conformance.Schemas;

/// <summary>The codec that the dialogues are replayed with must be right before it may judge a broker.</summary>
public sealed class IndependentCodecTests
{
    private const int Vectors = 4094;

    [Fact]
    public void Every_vector_encodes_to_its_bytes()
    {
        int count = 0;
        foreach (var vector in MessageVector.All())
        {
            byte[] body = JsonToWire.Encode(vector.Schema, vector.Version, vector.Value, vector.UnknownTags);
            Assert.True(vector.Bytes.AsSpan().SequenceEqual((byte[])[.. vector.Prefix, .. body]), $"{vector} encodes differently.");
            count++;
        }
        Assert.Equal(Vectors, count);
    }

    [Fact]
    public void Every_vector_decodes_to_its_value()
    {
        int count = 0;
        foreach (var vector in MessageVector.All())
        {
            var decoded = WireToJson.Decode(vector.Schema, vector.Version, vector.Body);
            Assert.True(JsonNode.DeepEquals(vector.Value, decoded), $"{vector} decodes to {decoded.ToJsonString()}");
            count++;
        }
        Assert.Equal(Vectors, count);
    }

    [Fact]
    public void Bytes_that_are_left_over_are_an_error()
    {
        var schema = MessageSchemas.Response(18);
        byte[] bytes = [.. JsonToWire.Encode(schema, 0, []), 0];
        Assert.Throws<InvalidDataException>(() => WireToJson.Decode(schema, 0, bytes));
    }
}
