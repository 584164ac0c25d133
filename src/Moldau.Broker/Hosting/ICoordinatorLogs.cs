namespace Moldau.Broker.Hosting;

/// <summary>The partitions of an internal topic, which is made when it is first needed.</summary>
internal interface ICoordinatorLogs
{
    /// <summary>Empty as long as the topic does not exist.</summary>
    IReadOnlyList<ICoordinatorLog> Existing { get; }

    /// <exception cref="InvalidOperationException">It could not be made.</exception>
    ValueTask<IReadOnlyList<ICoordinatorLog>> EnsureAsync();
}
