namespace Moldau.Log;

/// <summary>What a partition log is and where it lives. The topic id tells a topic from another of the same name.</summary>
internal sealed record PartitionIdentity(PartitionName Name, Guid TopicId, string Directory);
