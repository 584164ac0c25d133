namespace Moldau.Coordination.Groups.Streams;

/// <summary>What a heartbeat's answer says of the state of its group, by Kafka's codes.</summary>
internal enum StreamsStatus : sbyte
{
    StaleTopology = 0,
    MissingSourceTopics = 1,
    IncorrectlyPartitionedTopics = 2,
    MissingInternalTopics = 3,
    ShutdownApplication = 4,
    AssignmentDelayed = 5,
    MissingClientTags = 6,
}
