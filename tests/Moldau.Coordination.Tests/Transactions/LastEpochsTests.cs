using Moldau.Coordination.Transactions;

namespace Moldau.Coordination.Tests.Transactions;

public sealed class LastEpochsTests
{
    private static readonly Transaction Stored = new() { Status = TransactionStatus.Empty, ProducerId = 1, PreviousProducerId = 1, ProducerEpoch = 3, TimeoutMs = 1 };

    private readonly LastEpochs _epochs = new();

    [Fact]
    public void What_could_not_be_stored_leaves_the_epoch_before_it()
    {
        _epochs.Set("x", 2, stored: null, Stored.Producer);
        _epochs.Set("x", 3, Stored, new TransactionalProducer(1, 4));
        Assert.Equal(2, _epochs.Of("x", Stored));
    }

    [Fact]
    public void Ids_of_which_there_is_nothing_to_say_cost_nothing()
    {
        _epochs.Set("x", Transaction.NoEpoch, stored: null, Stored.Producer);
        Assert.Equal(0, _epochs.Count);
        _epochs.Set("x", 2, stored: null, Stored.Producer);
        Assert.Equal(1, _epochs.Count);
        // A producer that began anew, and another one after it.
        _epochs.Set("x", Transaction.NoEpoch, Stored, new TransactionalProducer(1, 4));
        Assert.Equal(2, _epochs.Of("x", Stored));
        _epochs.Set("x", Transaction.NoEpoch, Stored with { ProducerEpoch = 4 }, new TransactionalProducer(1, 5));
        Assert.Equal(0, _epochs.Count);
    }
}
