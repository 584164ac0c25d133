namespace Moldau.Coordination.Groups.Consumer;

/// <summary>The topics that matched a pattern when it was looked up last.</summary>
internal sealed record ResolvedPattern(IReadOnlySet<string> Topics, long Version, long TimestampMs);
