using Moldau.Broker.Net;

namespace Moldau.Broker.Tests.Net;

public sealed class MemoryBudgetTests
{
    private readonly MemoryBudget _memory = new(100);

    [Fact]
    public void What_is_there_is_granted_at_once() => Assert.True(_memory.ReserveAsync(100, default).IsCompletedSuccessfully);

    [Fact]
    public async Task Who_asked_first_is_granted_first_even_if_a_smaller_one_would_fit()
    {
        Assert.True(_memory.TryReserve(60));
        var large = _memory.ReserveAsync(80, default).AsTask();
        var small = _memory.ReserveAsync(10, default).AsTask();
        Assert.False(_memory.TryReserve(1));
        Assert.False(small.IsCompleted);
        _memory.Release(60);
        await large;
        await small;
        Assert.Equal(10, _memory.BytesFree);
    }

    [Fact]
    public async Task A_cancelled_wait_reserves_nothing_and_holds_nobody_up()
    {
        Assert.True(_memory.TryReserve(60));
        using var cancellation = new CancellationTokenSource();
        var large = _memory.ReserveAsync(80, cancellation.Token).AsTask();
        var small = _memory.ReserveAsync(10, default).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        await small;
        Assert.Equal(30, _memory.BytesFree);
    }

    [Fact]
    public async Task What_is_in_use_already_may_be_more_than_there_is_and_others_wait_for_it()
    {
        _memory.Take(150);
        Assert.True(_memory.IsOverdrawn);
        var balanced = _memory.BalancedAsync(default).AsTask();
        Assert.False(balanced.IsCompleted);
        _memory.Release(50);
        await balanced;
        Assert.False(_memory.IsOverdrawn);
    }

    [Fact]
    public async Task More_than_there_can_ever_be_is_refused() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await _memory.ReserveAsync(101, default));
}
