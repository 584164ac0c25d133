using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>A broker has not set a group in all partitions in which it was asked to; each is refused by itself.</summary>
internal static class ResetRefusal
{
    /// <exception cref="CommandFailure">Some are refused.</exception>
    public static void ThrowIfAny(Change change, IReadOnlyCollection<RefusedPartition> refused, int asked)
    {
        if (refused.Count == 0)
        {
            return;
        }

        string others = refused.Count < asked ? "In the others it is reset. " : "";
        throw new CommandFailure([.. refused.GroupBy(each => each.Error.Code).Select(alike => Of(alike.Key, [.. alike]))], $"{others}`{change.Look}` shows how things are.");
    }

    /// <summary>The broker's own words may be about one of the partitions.</summary>
    private static string Of(ErrorCode code, RefusedPartition[] alike)
    {
        string[] reasons = [.. alike.Select(each => Explanation.Detail(each.Error)).Distinct(StringComparer.Ordinal)];
        return $"The broker did not reset the group in {PartitionText.Of(alike.Select(each => each.Partition))} ({code}){(reasons is [var reason] ? $": {reason}" : ".")}";
    }
}
