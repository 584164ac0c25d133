using System.Globalization;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Protocol.Tests.Records;

public sealed class Murmur2Tests
{
    [Fact]
    public void Hashes_and_partitions_equal_those_of_the_Java_client()
    {
        int[] partitions = [1, 3, 5, 50];
        foreach (var row in Fixture.Table("tables/murmur2.tsv"))
        {
            var key = Convert.FromHexString(row[0]);
            Assert.Equal(int.Parse(row[1], CultureInfo.InvariantCulture), Murmur2.Compute(key));
            var expected = row[2..6].Select(text => int.Parse(text, CultureInfo.InvariantCulture));
            Assert.Equal(expected, partitions.Select(count => Murmur2.Partition(key, count)));
        }
    }
}
