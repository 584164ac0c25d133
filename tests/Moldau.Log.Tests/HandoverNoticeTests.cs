using Moldau.Log.Checkpoints;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>The files that say, and see to it, that Kafka does not run on a directory whose journal is needed.</summary>
public sealed class HandoverNoticeTests
{
    private const string LogPath = "/data/log";

    private static readonly PartitionName Metadata = new("__cluster_metadata", 0);
    private static readonly Guid MetadataTopicId = new("00000000-0000-0000-0000-000000000001");

    [Fact]
    public async Task They_are_on_disk_before_the_first_append_and_gone_after_a_clean_stop()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var disk = new SimulatedDisk(seed);
            disk.CreateDirectory("/data");
            disk.FlushDirectory("/");
            Begin(disk, quorumEpoch: 1);
            disk.RestartAfterPowerCut();
            Assert.True(disk.FileExists(HandoverNotice.PathOf(LogPath)));
            Assert.True(disk.FileExists(HandoverNotice.GuardPathOf(LogPath)));

            await Begin(disk, quorumEpoch: 2).Directory.DisposeAsync();
            Assert.False(HandoverNotice.IsThere(disk, LogPath));
        }
    }

    [Fact]
    public async Task A_stop_that_could_not_be_clean_leaves_them()
    {
        var disk = new SimulatedDisk(seed: 1);
        disk.CreateDirectory("/data");
        var log = Begin(disk, quorumEpoch: 1);
        log.Append(new Batch().Build());
        disk.Fails = (operation, path) => operation == "flush" && path.StartsWith($"{LogPath}/orders-0/", StringComparison.Ordinal);
        await log.Directory.DisposeAsync();
        Assert.True(HandoverNotice.IsThere(disk, LogPath));
    }

    private static TestLog Begin(SimulatedDisk disk, int quorumEpoch)
    {
        var log = new TestLog(files: disk);
        log.Directory.Create(Metadata, MetadataTopicId, LogSettings.Default);
        log.Directory.BeginQuorumEpoch(quorumEpoch);
        return log;
    }
}
