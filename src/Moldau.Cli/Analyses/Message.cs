namespace Moldau.Cli.Analyses;

/// <summary>A record as an analysis sees it: where it stands, when it was made, and its text.</summary>
internal readonly record struct Message(string Topic, int Partition, long Offset, long TimestampMs, string Text)
{
    /// <summary>The order in which several partitions are read as one: what shares a millisecond is ordered by partition.</summary>
    public Place Place => new(TimestampMs, Partition, Offset);
}

/// <summary>A point in the order of messages over the partitions of a topic.</summary>
internal readonly record struct Place(long TimestampMs, int Partition, long Offset) : IComparable<Place>
{
    public static readonly Place BeforeAll = new(long.MinValue, 0, 0);

    public int CompareTo(Place other) => (TimestampMs, Partition, Offset).CompareTo((other.TimestampMs, other.Partition, other.Offset));

    public static bool operator <(Place left, Place right) => left.CompareTo(right) < 0;

    public static bool operator >(Place left, Place right) => left.CompareTo(right) > 0;

    public static bool operator <=(Place left, Place right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Place left, Place right) => left.CompareTo(right) >= 0;
}
