namespace Moldau.Coordination.Groups.Streams;

/// <summary>Makes the internal topics that a topology lacks. When they are there, the group sees them in the metadata.</summary>
internal sealed record CreateInternalTopics(string GroupId, IReadOnlyList<InternalTopic> Topics) : Effect;

/// <summary>Some internal topics of a group could not be made; its members are told why.</summary>
internal sealed record InternalTopicsRefused(string GroupId, string Reason) : GroupInput;
