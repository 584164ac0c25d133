namespace Moldau.Log.Producers;

/// <summary>Whether a producer's batch comes again that a partition did not take.</summary>
internal enum BatchRefusal
{
    /// <summary>It is to come again, before those behind it.</summary>
    InPassing,

    /// <summary>Nothing needs to wait for it any more, though it may have been refused in passing before.</summary>
    ForGood,
}
