using System.Globalization;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Protocol.Tests.Records;

public sealed class Crc32CTests
{
    [Fact]
    public void Checksums_equal_those_of_Kafka()
    {
        foreach (var row in Fixture.Table("tables/crc32c.tsv"))
        {
            Assert.Equal(uint.Parse(row[2], CultureInfo.InvariantCulture), Crc32C.Compute(Convert.FromHexString(row[0])));
        }
    }

    [Theory]
    [InlineData(767)]
    [InlineData(768)]
    [InlineData(24_575)]
    [InlineData(24_576)]
    [InlineData(100_003)]
    public void Stripes_side_by_side_give_what_single_bytes_give(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        uint one = 0;
        for (int i = 0; i < length; i++) one = Crc32C.Append(one, bytes.AsSpan(i, 1));
        Assert.Equal(one, Crc32C.Compute(bytes));
    }
}
