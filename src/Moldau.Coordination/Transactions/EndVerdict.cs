using Moldau.Protocol;

namespace Moldau.Coordination.Transactions;

/// <summary>What comes of a request to end a transaction.</summary>
internal readonly record struct EndVerdict(ErrorCode Error, bool IsRepeated)
{
    public static readonly EndVerdict Ends;

    /// <summary>It is done already: the answer was lost.</summary>
    public static readonly EndVerdict Repeated = new(ErrorCode.None, IsRepeated: true);

    public static EndVerdict Refused(ErrorCode error) => new(error, IsRepeated: false);

    /// <summary>Whether the last transaction ended as it is asked to.</summary>
    public static bool IsOutcomeOf(EndTransaction request, Transaction stored) =>
        stored.Status == (request.IsCommit ? TransactionStatus.CompleteCommit : TransactionStatus.CompleteAbort);
}
