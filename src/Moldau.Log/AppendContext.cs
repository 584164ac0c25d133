namespace Moldau.Log;

/// <summary>What an append needs to know beside the batch.</summary>
internal readonly record struct AppendContext
{
    /// <summary>The partition's leader epoch, which is stamped into the batch.</summary>
    public required int LeaderEpoch { get; init; }

    public AppendOrigin Origin { get; init; }
}

/// <summary>Who appends.</summary>
internal enum AppendOrigin
{
    /// <summary>A producer: its epoch and sequence are checked.</summary>
    Client,

    /// <summary>
    /// The broker's own coordinators and the metadata log. Markers of transactions raise a producer's epoch; sequences are not
    /// checked.
    /// </summary>
    Coordinator,
}
