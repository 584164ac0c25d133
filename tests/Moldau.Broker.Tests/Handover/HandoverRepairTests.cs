using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Config;
using Moldau.Broker.Handover;
using Moldau.Broker.Tests.Topics;
using Moldau.Broker.Topics;
using Moldau.Log;
using Moldau.Log.Checkpoints;
using Moldau.Log.Files;
using Moldau.Log.Journaling;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Handover;

/// <summary>Directories that Moldau wrote: after a clean stop, while it runs, and as crashes leave them.</summary>
public sealed class HandoverRepairTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("moldau-handover-").FullName;

    private string Data => Path.Combine(_root, "data");

    private string Copy => Path.Combine(_root, "copy");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_directory_that_Moldau_made_and_stopped_passes_without_a_finding()
    {
        await using (var storage = await OpenAsync())
        {
            await StoredCluster.CreateAsync(storage, "orders", 2);
            await AppendAsync(storage, "orders", batches: 300);
        }

        Assert.Empty(BrokenDirectory.CheckOf(Data));
        Assert.False(HandoverRepair.IsNeeded(CheckedPaths.Find(Data)!, out _));
        Assert.False(HandoverNotice.IsThere(new DiskFileStore(), Path.Combine(Data, "log")));
    }

    [Fact]
    public async Task A_directory_of_a_crash_says_that_it_must_be_handed_over_and_then_passes()
    {
        await CrashAsync();
        var found = BrokenDirectory.CheckOf(Copy);
        Assert.Contains(found, finding => finding.Outcome == Outcome.Refused && finding.File.EndsWith("/run-moldau-handover-first.log", StringComparison.Ordinal));
        Assert.Contains(found, finding => finding.Outcome == Outcome.Lost && finding.File.EndsWith(".journal", StringComparison.Ordinal));
        Assert.Contains("moldau handover DIR", File.ReadAllText(Path.Combine(Copy, "log", HandoverNotice.FileName)), StringComparison.Ordinal);

        File.Delete(HandoverNotice.GuardPathOf(Path.Combine(Copy, "log"))); // Whoever takes that away himself is told what it means.
        Assert.Contains(BrokenDirectory.CheckOf(Copy), finding => finding.Outcome == Outcome.Lost && finding.File.EndsWith(HandoverNotice.FileName, StringComparison.Ordinal));

        await RepairAsync();

        Assert.Empty(BrokenDirectory.CheckOf(Copy));
    }

    [Fact]
    public async Task What_only_the_journal_held_is_in_the_log_after_the_handover()
    {
        await CrashAsync();
        string segment = Path.Combine(Copy, "log", "orders-0", BrokenDirectory.FirstLog);
        byte[] written = File.ReadAllBytes(segment);
        File.WriteAllBytes(segment, []); // A power cut may take all that was not flushed.

        await RepairAsync();

        Assert.Equal(written, File.ReadAllBytes(segment));
        Assert.Empty(BrokenDirectory.CheckOf(Copy));
    }

    [Fact]
    public async Task The_handover_of_a_copied_log_directory_leaves_the_journal_of_the_original_alone()
    {
        await CrashAsync();
        string log = Path.Combine(Copy, "log"), copied = Path.Combine(Copy, "log-copy");
        BrokenDirectory.Copy(log, Directory.CreateDirectory(copied).FullName);
        var paths = CheckedPaths.Find(copied)!;
        Assert.True(HandoverRepair.IsNeeded(paths, out var identity));

        var refusal = await Assert.ThrowsAsync<JournalMissingException>(() => HandoverRepair.RunAsync(paths, identity!, TimeProvider.System, NullLoggerFactory.Instance));

        Assert.Contains(copied + ".journal", refusal.Message, StringComparison.Ordinal);
        File.WriteAllBytes(Path.Combine(log, "orders-0", BrokenDirectory.FirstLog), []);
        await RepairAsync();
        Assert.NotEqual(0, new FileInfo(Path.Combine(log, "orders-0", BrokenDirectory.FirstLog)).Length);
    }

    [Theory]
    [InlineData("clean")]
    [InlineData("killed")]
    public async Task A_directory_of_Kafka_s_passes_without_a_finding_after_the_handover(string fixture)
    {
        using var directory = BrokenDirectory.Of(fixture);
        var paths = CheckedPaths.Find(directory.Root)!;
        Assert.True(HandoverRepair.IsNeeded(paths, out var identity));

        // Under the clock of that day: under today's, retention would take most of it.
        await HandoverRepair.RunAsync(paths, identity!, new FixedClock(new DateTimeOffset(2026, 11, 25, 7, 57, 0, TimeSpan.Zero)), NullLoggerFactory.Instance);

        Assert.Empty(directory.Check());
        Assert.False(HandoverRepair.IsNeeded(paths, out _));
    }

    [Fact]
    public void The_properties_for_Kafka_name_the_node_the_directory_and_one_replica()
    {
        using var directory = new BrokenDirectory();
        var context = new CheckContext(CheckedPaths.Find(directory.Root)!, new FindingList(_ => { }));
        string text = ServerProperties.Of(directory.Log, new CheckedIdentity("c", 1, null), HandoverCheck.CheckMetadata(context).View);

        var values = PropertiesOf(text);
        Assert.Equal(("1", directory.Log, "broker,controller"), (values["node.id"], values["log.dirs"], values["process.roles"]));
        Assert.Equal(("1", "3", "1"), (values["offsets.topic.replication.factor"], values["offsets.topic.num.partitions"], values["transaction.state.log.min.isr"]));
        Assert.Equal("localhost:9093", values["controller.quorum.bootstrap.servers"]);
        Assert.Contains("#sasl.enabled.mechanisms", text, StringComparison.Ordinal);
        Assert.Contains("PLAIN in Kafka knows no users but", text, StringComparison.Ordinal);
        Assert.Contains("#authorizer.class.name", text, StringComparison.Ordinal);
        var keys = ConfigKeys.All.Select(key => key.Name).ToHashSet();
        Assert.All(values.Keys, key => Assert.Contains(key, keys));
    }

    /// <summary>Copies the directory while the broker runs: what a kill at that moment would leave.</summary>
    private async Task CrashAsync()
    {
        await using var storage = await OpenAsync();
        await StoredCluster.CreateAsync(storage, "orders");
        await AppendAsync(storage, "orders", batches: 50);
        BrokenDirectory.Copy(Data, Directory.CreateDirectory(Copy).FullName);
    }

    private Task RepairAsync()
    {
        var paths = CheckedPaths.Find(Copy)!;
        Assert.True(HandoverRepair.IsNeeded(paths, out var identity));
        return HandoverRepair.RunAsync(paths, identity!, TimeProvider.System, NullLoggerFactory.Instance);
    }

    private Task<BrokerStorage> OpenAsync() => BrokerStorage.OpenAsync(
        BrokerConfig.Load(new KafkaBrokerOptions { DataDirectory = Data }), TimeProvider.System, () => [], NullLoggerFactory.Instance);

    private static async Task AppendAsync(BrokerStorage storage, string topic, int batches)
    {
        Assert.Equal(ErrorCode.None, storage.Partitions.Find(topic, 0, out var partition));
        for (int i = 0; i < batches; i++)
        {
            using var batch = new BatchBuilder(new BatchOptions { ProducerId = 7, ProducerEpoch = 0, BaseSequence = i });
            batch.Append(1_000 + i, null, new byte[200]);
            Assert.Equal(ErrorCode.None, partition.Log.Append(batch.Build(), new AppendContext { LeaderEpoch = partition.LeaderEpoch }).Error);
        }
        await partition.Log.CommittedAsync(partition.Log.LogEndOffset);
    }

    private static Dictionary<string, string> PropertiesOf(string text) => text.Split('\n')
        .Where(line => line.Contains('=') && !line.StartsWith('#'))
        .ToDictionary(line => line[..line.IndexOf('=')], line => line[(line.IndexOf('=') + 1)..]);

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
