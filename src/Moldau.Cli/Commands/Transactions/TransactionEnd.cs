using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Transactions;

/// <summary>What a look at a transactional id says of the end of the transaction that it had open.</summary>
/// <param name="IsDecided">Whether it says how that ends.</param>
/// <param name="IsAbort">It is aborted.</param>
/// <param name="IsUnderWay">The id has still the same transaction, or is not done with its end.</param>
internal readonly record struct TransactionEnd(bool IsDecided, bool IsAbort, bool IsUnderWay)
{
    public static readonly TransactionEnd Undecided = new(IsDecided: false, IsAbort: false, IsUnderWay: true);

    private static readonly TransactionEnd Unseen = new(IsDecided: false, IsAbort: false, IsUnderWay: false);

    /// <summary>Each end raises the epoch by one at most; one with a higher epoch is that of a later transaction.</summary>
    public static TransactionEnd Of(TransactionView open, TransactionView now)
    {
        bool isSame = now.IsOpen ? now.Began == open.Began : now.ProducerId != open.ProducerId || now.ProducerEpoch <= open.ProducerEpoch + 1;
        if (!isSame)
        {
            return Unseen;
        }

        return now.State switch
        {
            TransactionView.Ongoing => Undecided,
            TransactionView.PrepareAbort or TransactionView.PrepareEpochFence => new(IsDecided: true, IsAbort: true, IsUnderWay: true),
            TransactionView.PrepareCommit => new(IsDecided: true, IsAbort: false, IsUnderWay: true),
            TransactionView.CompleteAbort => new(IsDecided: true, IsAbort: true, IsUnderWay: false),
            TransactionView.CompleteCommit => new(IsDecided: true, IsAbort: false, IsUnderWay: false),
            _ => Unseen,
        };
    }

    /// <summary>Why it is not aborted, now that it has ended.</summary>
    public CommandFailure Failure(TransactionView open) => IsDecided
        ? new CommandFailure($"The producer has committed the transaction of {open.Id} before it could be aborted.", "")
        : new CommandFailure(
            $"The transaction of {open.Id} has ended, and the id has gone on since: whether it was aborted or committed cannot be told any more.",
            $"`{TransactionIds.Describe(open.Id)}` shows what the id has open now.");

    /// <summary>Why it has not ended after a while.</summary>
    public CommandFailure Unfinished(TransactionView now) => this switch
    {
        { IsDecided: true, IsAbort: true } => new CommandFailure(
            $"The abort of {now.Id} is decided, but not yet written to {PartitionText.Of(now.Partitions)}.",
            $"It is as soon as these partitions can be written. `{TransactionIds.Describe(now.Id)}` shows how far it is."),
        { IsDecided: true } => new CommandFailure(
            $"The producer has committed the transaction of {now.Id} before it could be aborted; that is not yet written to {PartitionText.Of(now.Partitions)}.",
            $"It is as soon as these partitions can be written. `{TransactionIds.Describe(now.Id)}` shows how far it is."),
        _ => new CommandFailure(
            $"The coordinator did not abort the transaction of {now.Id}: it says that something else of it is under way.", "Try again, or look into the coordinator's own log."),
    };
}
