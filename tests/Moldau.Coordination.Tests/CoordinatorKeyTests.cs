using Moldau.TestKit;

namespace Moldau.Coordination.Tests;

public sealed class CoordinatorKeyTests
{
    [Fact]
    public void Keys_hash_and_lie_where_Kafka_puts_them()
    {
        foreach (string[] row in Fixture.Table("tables/coordinator.tsv"))
        {
            string key = row[1];
            Assert.Equal(int.Parse(row[2]), CoordinatorKey.HashOf(key));
            Assert.Equal(row[3..6].Select(int.Parse), new[] { 1, 4, 50 }.Select(partitions => CoordinatorKey.PartitionOf(key, partitions)));
        }
    }
}
