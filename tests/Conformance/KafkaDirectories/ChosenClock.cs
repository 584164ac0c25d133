namespace Moldau.Conformance.KafkaDirectories;

/// <summary>A clock that runs at real speed from a chosen instant.</summary>
internal sealed class ChosenClock(DateTimeOffset start) : TimeProvider
{
    private readonly long _startTimestamp = System.GetTimestamp();

    /// <summary>Shortly after the directories were made: their producers and groups are alive, and of their transactions all but the one that was open at the kill.</summary>
    public static ChosenClock AfterTheDirectories() => new(new DateTimeOffset(2026, 11, 25, 7, 57, 0, TimeSpan.Zero));

    /// <summary>Seconds after the kill: the transaction that was open then has time left.</summary>
    public static ChosenClock AfterTheKill() => new(new DateTimeOffset(2026, 11, 25, 7, 52, 5, TimeSpan.Zero));

    public override DateTimeOffset GetUtcNow() => start + System.GetElapsedTime(_startTimestamp);
}
