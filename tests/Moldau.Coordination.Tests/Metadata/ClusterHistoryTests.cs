using CsCheck;
using Moldau.TestKit;

namespace Moldau.Coordination.Tests.Metadata;

public sealed class ClusterHistoryTests
{
    [Fact]
    public void A_replica_equals_the_cluster_after_every_step_of_any_history() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 4], Gen.Int[1, 4]).Array[1, 20].Sample(
            steps =>
            {
                var cluster = ClusterScenario.Started();
                foreach (var (kind, topic, count) in steps) Step(cluster, kind, "t" + ".-_ab"[topic], count);
            },
            iter: Searches.Rounds(20));

    private static void Step(ClusterScenario cluster, int kind, string topic, int count)
    {
        switch (kind)
        {
            case 0:
                cluster.Create(topic, count);
                break;
            case 1:
                cluster.Create(topic, count, ("min.insync.replicas", "1"));
                break;
            case 2:
                cluster.Delete((topic, Guid.Empty));
                break;
            case 3:
                cluster.Grow(topic, count + 2);
                break;
            case 4:
                cluster.StopCleanly();
                cluster.Start();
                break;
            default:
                cluster.Start();
                break;
        }
    }
}
