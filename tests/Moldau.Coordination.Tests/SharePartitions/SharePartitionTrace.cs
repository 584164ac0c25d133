using Moldau.Coordination.SharePartitions;
using Moldau.Coordination.ShareState;

namespace Moldau.Coordination.Tests.SharePartitions;

/// <summary>A share partition and what it answers, in the words of scenarios.</summary>
internal static class SharePartitionTrace
{
    public static string Of(ShareDelivery state) =>
        $"state {state.StartOffset}..{state.EndOffset} [{string.Join(", ", state.Ranges.Select(Of))}]";

    public static string Of(IEnumerable<AcquiredRange> acquired) =>
        acquired.Any() ? string.Join(", ", acquired.Select(range => $"{range.Offsets} x{range.DeliveryCount}")) : "nothing";

    public static string Of(IEnumerable<ShareStateBatch> batches) =>
        string.Join(", ", batches.Select(batch => $"{batch.FirstOffset}-{batch.LastOffset} {batch.State} x{batch.DeliveryCount}"));

    private static string Of(InFlightRange range)
    {
        string holder = range.MemberId is { } member ? $" {member} until {range.LockedUntilMs}" : "";
        string change = range.Change is null ? "" : $" -> {range.StateToCome}";
        return $"{range.Offsets} {range.State} x{range.DeliveryCount}{holder}{change}";
    }
}
