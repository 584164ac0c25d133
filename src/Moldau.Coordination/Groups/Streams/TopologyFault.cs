namespace Moldau.Coordination.Groups.Streams;

/// <summary>Why a topology has no tasks as the topics stand.</summary>
internal sealed record TopologyFault(StreamsStatus Status, string Detail);
