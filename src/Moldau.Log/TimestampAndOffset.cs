namespace Moldau.Log;

/// <summary>A record's timestamp and offset, and the leader epoch of its batch.</summary>
internal readonly record struct TimestampAndOffset(long TimestampMs, long Offset, int LeaderEpoch);
