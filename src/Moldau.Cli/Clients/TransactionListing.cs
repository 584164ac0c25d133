namespace Moldau.Cli.Clients;

/// <summary>What the brokers said of the transactional ids that they coordinate, and which of them said nothing.</summary>
internal sealed record TransactionListing(IReadOnlyList<TransactionView> Transactions, IReadOnlyList<SilentBroker> Silent)
{
    public bool IsWhole => Silent.Count == 0;

    /// <summary>A line for each broker that said nothing.</summary>
    public IReadOnlyList<string> Gaps => [.. Silent.Select(broker => $"The broker {broker.Address} did not say which transactions it has: {broker.Reason}.")];
}
