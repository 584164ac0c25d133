using Moldau.Broker.Handlers.Records;
using Moldau.Broker.Net;

namespace Moldau.Broker.Tests.Handlers.Records;

public sealed class FetchReadsTests
{
    private const int Free = ConnectionLimits.UnreservedBytes;

    [Fact]
    public void A_fetch_of_many_partitions_has_few_bytes_for_nothing()
    {
        var memory = new MemoryBudget(10 * Free);
        using var reads = new FetchReads(memory, 100);
        for (int i = 0; i < 5; i++) Assert.Equal(Free, reads.Claim(Free).Bytes);
        Assert.Equal(6 * Free, memory.BytesFree);
    }

    [Fact]
    public void Where_memory_is_short_only_the_free_bytes_are_read()
    {
        using var reads = new FetchReads(new MemoryBudget(0), 2);
        Assert.Equal(new FetchClaim(Free, IsReserved: false), reads.Claim(1_000_000));
        Assert.Equal(0, reads.Claim(1_000_000).Bytes);
    }

    [Fact]
    public void What_was_claimed_and_not_needed_can_be_claimed_again()
    {
        var memory = new MemoryBudget(100_000);
        using var reads = new FetchReads(memory, 3);
        var nothing = new FetchRead { Target = new FetchTarget(new FetchKey("t", Guid.Empty, 0)) };
        reads.Add(nothing, reads.Claim(Free));
        reads.Add(nothing, reads.Claim(50_000));
        Assert.Equal(100_000, memory.BytesFree);
        Assert.False(reads.Claim(Free).IsReserved);
    }
}
