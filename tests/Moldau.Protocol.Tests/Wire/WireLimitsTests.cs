using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Protocol.Tests.Wire;

/// <summary>What a reader and a writer may be limited to.</summary>
public sealed class WireLimitsTests
{
    private const short FlexibleVersion = 12;

    [Fact]
    public void Elements_of_nested_arrays_count_together()
    {
        var request = new FetchRequest
        {
            Topics =
            [
                new() { Topic = "a", Partitions = [new() { Partition = 0 }, new() { Partition = 1 }] },
                new() { Topic = "b", Partitions = [new() { Partition = 0 }] },
            ],
        };
        Assert.Equal(0, ElementsLeftAfter(request, version: 4, elementsMax: 5));
        Assert.Throws<MalformedMessageException>(() => ElementsLeftAfter(request, version: 4, elementsMax: 4));
    }

    [Fact]
    public void Tagged_fields_that_nobody_knows_are_elements()
    {
        var request = new FetchRequest { UnknownTaggedFields = [new(100, ReadOnlyMemory<byte>.Empty), new(101, ReadOnlyMemory<byte>.Empty)] };
        Assert.Equal(0, ElementsLeftAfter(request, FlexibleVersion, elementsMax: 2));
        Assert.Throws<MalformedMessageException>(() => ElementsLeftAfter(request, FlexibleVersion, elementsMax: 1));
    }

    [Fact]
    public void Arrays_within_a_tagged_field_are_counted_with_the_others()
    {
        var response = new FetchResponse { NodeEndpoints = [new() { Host = "a" }, new() { Host = "b" }], Responses = [new() { Topic = "t" }] };
        var reader = new WireReader(Written(response, 16)) { ElementsLeft = 3 };
        FetchResponse.Read(ref reader, 16);
        Assert.Equal(0, reader.ElementsLeft);
    }

    [Fact]
    public void A_writer_takes_what_it_may_to_the_byte_and_no_more()
    {
        using var writer = new WireWriter { WrittenMax = 1_000 };
        writer.WriteRaw(new byte[1_000]);
        Assert.Throws<WriterFullException>(() => writer.WriteInt8(0));
        writer.Reset();
        writer.WrittenMax = int.MaxValue;
        writer.WriteRaw(new byte[1_001]);
    }

    private static int ElementsLeftAfter(FetchRequest request, short version, int elementsMax)
    {
        var reader = new WireReader(Written(request, version)) { ElementsLeft = elementsMax };
        FetchRequest.Read(ref reader, version);
        return reader.ElementsLeft;
    }

    private static byte[] Written(IMessage message, short version)
    {
        using var writer = new WireWriter();
        message.Write(writer, version);
        return writer.Written.ToArray();
    }
}
