using System.Text.Json;
using Moldau.Broker.Handover;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Handover;

/// <summary>Directories as Apache Kafka 4.4.0 left them.</summary>
public sealed class HandoverCheckTests
{
    private static readonly Lazy<List<Finding>> Damaged = new(() =>
    {
        using var directory = BrokenDirectory.Of("damaged");
        return directory.Check();
    });

    [Fact]
    public void A_directory_that_Kafka_stopped_cleanly_passes_and_its_removal_of_a_user_is_noted()
    {
        using var directory = BrokenDirectory.Of("clean");
        var only = Assert.Single(directory.Check());
        Assert.Equal((Outcome.Noted, "ScramDelta"), (only.Outcome, only.KafkaClass));
        Assert.Contains("SCRAM-SHA-256", only.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_of_a_killed_Kafka_passes_since_Kafka_recovers_it()
    {
        using var directory = BrokenDirectory.Of("killed");
        Assert.All(directory.Check(), finding => Assert.False(finding.Fails, finding.ToString()));
        directory.AssertFinds(Outcome.Repaired, "CleanShutdownFileHandler", ".kafka_cleanshutdown");
    }

    [Fact]
    public void The_log_directory_itself_is_taken_too()
    {
        using var directory = new BrokenDirectory();
        Assert.Single(BrokenDirectory.CheckOf(directory.Log));
        Assert.Null(CheckedPaths.Find(directory.PathOf("keyed-0")));
        Assert.Null(CheckedPaths.Find(directory.PathOf("nowhere")));
    }

    [Fact]
    public void A_journal_of_the_log_directorys_name_goes_before_one_beside_it()
    {
        using var directory = new BrokenDirectory();
        Assert.Equal(Path.Combine(directory.Root, "journal"), CheckedPaths.Find(directory.Log)!.Journal);
        string own = Directory.CreateDirectory(directory.Log + ".journal").FullName;
        Assert.Equal(own, CheckedPaths.Find(directory.Log)!.Journal);
    }

    [Fact]
    public void A_check_changes_nothing()
    {
        using var directory = BrokenDirectory.Of("damaged");
        var before = Stamps(directory.Log);
        directory.Check();
        Assert.Equal(before, Stamps(directory.Log));
    }

    [Theory]
    [InlineData("append-time-0", Outcome.Lost, "UnifiedLog")]
    [InlineData("keyed-0/00000000000000000000.log", Outcome.Repaired, "LogSegment")]
    [InlineData("keyed-1/00000000000000000000.log", Outcome.Repaired, "LogSegment")]
    [InlineData("keyed-2/00000000000000000000.log", Outcome.Repaired, "LogSegment")]
    [InlineData("keyed-3/00000000000000000000.log", Outcome.Repaired, "LogSegment")]
    [InlineData("keyed-4/00000000000000000000.index", Outcome.Repaired, "LogLoader")]
    [InlineData("txn-0", Outcome.Repaired, "ProducerStateManager")]
    [InlineData("txn-1", Outcome.Repaired, "ProducerStateManager")]
    [InlineData("txn-1/00000000000000000000.txnindex", Outcome.Repaired, "LogLoader")]
    [InlineData("producers-0", Outcome.Repaired, "ProducerStateManager")]
    [InlineData("segments-0/00000000000000009477.log", Outcome.Lost, "LogLoader")]
    [InlineData("codec-lz4-0/00000000000000000000.index", Outcome.Repaired, "LogLoader")]
    [InlineData("codec-zstd-0/00000000000000000000.timeindex", Outcome.Repaired, "LogLoader")]
    [InlineData("headers-0/leader-epoch-checkpoint", Outcome.Repaired, "LogSegment")]
    [InlineData("words-in-0", Outcome.Lost, "UnifiedLog")]
    [InlineData("trimmed-0", Outcome.Lost, "BrokerMetadataPublisher")]
    [InlineData("headers-1", Outcome.Lost, "UnifiedLog")]
    internal void Each_damage_of_the_damaged_directory_is_found(string name, Outcome outcome, string kafkaClass) =>
        Assert.Contains(Damaged.Value, finding => finding.Outcome == outcome && finding.KafkaClass == kafkaClass && finding.File.EndsWith("/" + name, StringComparison.Ordinal));

    /// <summary>The transactions that were open are aborted by Kafka after its start, by a marker that no check can foresee.</summary>
    [Fact]
    public void The_ends_of_the_logs_are_those_that_Kafka_found_when_it_recovered_them()
    {
        const string fixture = "damaged";
        string[] changedByKafka = ["txn-1", "trimmed-0", "__transaction_state-0"];
        using var directory = BrokenDirectory.Of(fixture);
        var context = new CheckContext(CheckedPaths.Find(directory.Root)!, new FindingList(_ => { }));
        var offsets = new OffsetCheckpointCheck(context);
        offsets.Read();
        int compared = 0;
        foreach (var (partition, latest) in LatestOffsets(fixture))
        {
            if (changedByKafka.Contains(partition)) continue;
            Assert.True(PartitionFolder.TryParse(partition, out var folder));
            var check = new PartitionCheck(context, directory.PathOf(partition));
            check.Run(offsets.Of(folder));
            Assert.Equal((partition, latest), (partition, check.LogEndOffset));
            compared++;
        }
        Assert.Equal(51, compared);
    }

    private static IEnumerable<(string Partition, long Latest)> LatestOffsets(string fixture)
    {
        using var document = JsonDocument.Parse(Fixture.Text($"directories/{fixture}.json"));
        return document.RootElement.GetProperty("topics").EnumerateObject()
            .SelectMany(topic => topic.Value.GetProperty("offsets").EnumerateArray()
                .Select((partition, index) => ($"{topic.Name}-{index}", partition.GetProperty("latest").GetInt64())))
            .ToList();
    }

    private static List<(string, long, DateTime)> Stamps(string directory) =>
        new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories)
            .Select(file => (file.FullName, file.Length, file.LastWriteTimeUtc)).Order().ToList();
}
