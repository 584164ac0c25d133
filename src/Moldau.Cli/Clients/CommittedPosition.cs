namespace Moldau.Cli.Clients;

/// <summary>The next offset that a group reads of a partition, and the text beside it; null where nothing was committed.</summary>
internal readonly record struct CommittedPosition(int Partition, long? Offset, string Metadata);
