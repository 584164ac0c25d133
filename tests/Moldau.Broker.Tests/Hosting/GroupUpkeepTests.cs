using Moldau.Broker.Tests.Topics;
using Moldau.Coordination;

namespace Moldau.Broker.Tests.Hosting;

/// <summary>What becomes of <c>__consumer_offsets</c> in the long run: compacted segments, deleted topics, groups that nobody uses any more.</summary>
public sealed class GroupUpkeepTests
{
    private const int Partitions = 500, Rounds = 60;

    [Fact]
    public async Task Compaction_keeps_what_groups_said_last()
    {
        await using var groups = new StoredGroups();
        await groups.StartAsync();
        await StoredCluster.CreateAsync(groups.Storage, "t", Partitions);
        await FillAsync(groups);
        string stored = groups.Stored();
        int records = groups.CountRecords();
        long bytes = groups.Log.SizeInBytes;
        Assert.True(groups.Log.Segments.All.Length > 2, "There is nothing to compact.");

        groups.Compact();
        // Tombstones and markers stay for a day, for those who are reading.
        await groups.AdvanceAsync(TimeSpan.FromHours(25));
        await FillAsync(groups);
        groups.Compact();

        Assert.Equal(stored, groups.Stored());
        Assert.InRange(groups.CountRecords(), Partitions, records - 1);
        Assert.InRange(groups.Log.SizeInBytes, 1, bytes - 1);
        await groups.StartAsync();
        Assert.Equal(stored, groups.Stored());
        Assert.Equal(Rounds - 1, await groups.FetchAsync("busy", "t"));
        Assert.Equal(-1, await groups.FetchAsync("deleted", "t"));
    }

    [Fact]
    public async Task Offsets_of_a_topic_go_with_it_and_stay_gone_after_a_restart()
    {
        await using var groups = new StoredGroups();
        await groups.StartAsync();
        await StoredCluster.CreateAsync(groups.Storage, "t");
        await StoredCluster.CreateAsync(groups.Storage, "u");
        await groups.CommitAsync("g", "t", 5);
        await groups.CommitAsync("g", "u", 6);
        await StoredCluster.DeleteAsync(groups.Storage, "t");

        Assert.Equal((-1, 6), (await groups.FetchAsync("g", "t"), await groups.FetchAsync("g", "u")));
        await StoredCluster.CreateAsync(groups.Storage, "t");
        await groups.StartAsync();
        Assert.Equal((-1, 6), (await groups.FetchAsync("g", "t"), await groups.FetchAsync("g", "u")));
    }

    [Fact]
    public async Task A_group_that_nobody_uses_is_forgotten_after_a_week_also_across_a_restart()
    {
        await using var groups = new StoredGroups();
        await groups.StartAsync();
        await StoredCluster.CreateAsync(groups.Storage, "t");
        await groups.CommitAsync("g", "t", 5);
        await groups.AdvanceAsync(TimeSpan.FromDays(4));
        await groups.StartAsync();
        Assert.Equal(5, await groups.FetchAsync("g", "t"));
        await groups.AdvanceAsync(TimeSpan.FromDays(4));

        Assert.Equal(-1, await groups.FetchAsync("g", "t"));
        Assert.Equal("", groups.Stored());
    }

    /// <summary>Every kind of record, more than once, until some segments are full. What it ends with is always the same.</summary>
    private static async Task FillAsync(StoredGroups groups)
    {
        var committing = new TransactionalProducer(7, 0);
        var aborting = new TransactionalProducer(8, 0);
        for (int round = 0; round < Rounds; round++)
        {
            await groups.CommitAsync("busy", "t", round, Partitions);
            await groups.CommitAsync("deleted", "t", round, Partitions);
            await groups.CommitInTransactionAsync(committing, "committed", "t", round);
            await groups.CommitInTransactionAsync(aborting, "aborted", "t", round);
            await groups.EndAsync(committing, commits: true);
            await groups.EndAsync(aborting, commits: false);
            await groups.BeatAsync("consumers", "m", epoch: 0, "t");
            await groups.BeatAsync("consumers", "m", epoch: -1);
            await groups.DeleteAsync("consumers");
            await groups.DeleteAsync("deleted");
        }
        await groups.BeatAsync("consumers", "m", epoch: 0, "t");
        await groups.BeatAsync("consumers", "m", epoch: -1);
    }
}
