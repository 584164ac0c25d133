namespace Moldau.Cli.Clients;

/// <summary>A transaction that has not ended, and so holds up readers at read_committed.</summary>
internal sealed record OpenTransaction(long ProducerId)
{
    /// <summary>Null where no coordinator knows the producer any more: nobody will end the transaction by itself.</summary>
    public string? TransactionalId { get; init; }

    public string State { get; init; } = "";

    /// <summary>When it began, or when its producer wrote last, if that is not known.</summary>
    public DateTimeOffset? Since { get; init; }
}
