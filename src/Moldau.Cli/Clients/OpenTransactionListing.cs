using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>The transactions that are open in some partitions, and of which partitions nobody said it.</summary>
internal sealed record OpenTransactionListing(IReadOnlyList<OpenTransaction> Transactions, IReadOnlyList<UnreadPartition> Unread);

/// <summary>A partition whose leader did not answer for it, and why.</summary>
internal readonly record struct UnreadPartition(TopicPartition Partition, string Reason);
