namespace Moldau.Coordination;

/// <summary>A partition by its topic's name, as committed offsets and transactions name it.</summary>
internal readonly record struct TopicPartition(string Topic, int Partition);
