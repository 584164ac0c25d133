using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>A partition in which a change was not made, and why.</summary>
internal readonly record struct RefusedPartition(TopicPartition Partition, Error Error);
