using Moldau.Coordination.SharePartitions;
using Moldau.Coordination.ShareState;

namespace Moldau.Coordination.Tests.SharePartitions;

/// <summary>What is to be stored of a record of a share partition.</summary>
internal readonly record struct DeliveredRecord(DeliveryState State, int DeliveryCount)
{
    /// <summary>How often it was delivered no longer matters.</summary>
    private static readonly DeliveredRecord Done = new(DeliveryState.Acknowledged, 0);

    private static readonly DeliveredRecord New = new(DeliveryState.Available, 0);

    /// <summary>The record as it would be without the members that have it now: a delivery is stored with what came of it.</summary>
    public static DeliveredRecord Stored(ShareDelivery delivery, long offset)
    {
        if (offset < delivery.StartOffset) return Done;
        var range = delivery.Ranges.FirstOrDefault(range => range.First <= offset && offset <= range.Last);
        if (range is null) return New;
        if (range.State.IsComplete()) return Done;
        return range.State == DeliveryState.Acquired
            ? new(DeliveryState.Available, range.DeliveryCount - 1)
            : new(range.State, range.DeliveryCount);
    }
}
