using Moldau.Coordination.Groups;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Hosting;

public sealed class ShardHostTests
{
    [Fact]
    public async Task A_commit_is_answered_when_it_is_durable()
    {
        using var groups = new HostedGroups(new ScriptedLog { CommitsAtOnce = false });
        var commit = groups.CommitAsync(5);
        await groups.Log.Appended(1);
        Assert.False(commit.IsCompleted);
        groups.Log.Commit();
        Assert.Equal(ErrorCode.None, HostedGroups.ErrorOf(await commit));
    }

    [Fact]
    public async Task A_shard_serves_what_it_could_read_and_says_what_not()
    {
        using var groups = new HostedGroups(new ScriptedLog { Damaged = [(3, 5)] });
        Assert.Equal(ErrorCode.None, HostedGroups.ErrorOf((await groups.CommitAsync(5))!));
        Assert.Contains("__consumer_offsets-0 was loaded without offsets 3 to 5", Assert.Single(groups.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_waits_until_what_it_saw_is_durable()
    {
        using var groups = new HostedGroups(new ScriptedLog { CommitsAtOnce = false });
        var commit = groups.CommitAsync(5);
        await groups.Log.Appended(1);
        var fetch = groups.FetchAsync();
        Assert.False(fetch.IsCompleted);
        groups.Log.Commit();
        Assert.Equal(5, await fetch);
        await commit;
    }

    [Fact]
    public async Task A_failed_append_answers_an_error_and_has_applied_nothing()
    {
        using var groups = new HostedGroups(new ScriptedLog());
        await groups.CommitAsync(5);
        groups.Log.NextAppend = ErrorCode.KafkaStorageError;
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, HostedGroups.ErrorOf(await groups.CommitAsync(6)));
        Assert.Equal(5, await groups.FetchAsync());
    }

    [Fact]
    public async Task What_is_more_than_a_batch_can_hold_is_stored_in_several_where_it_may()
    {
        using var groups = new HostedGroups(new ScriptedLog { RecordsMax = 2 });
        for (int partition = 0; partition < 5; partition++) await groups.CommitAsync(5, partition);
        groups.Shard.Tell(new TopicsGone((name, _) => name == "t"));
        Assert.Equal(-1, await groups.FetchAsync());
        Assert.Equal(10, groups.Log.EndOffset);
    }

    [Fact]
    public async Task Appends_for_which_there_is_no_room_are_told_once_until_one_succeeds()
    {
        using var groups = new HostedGroups(new ScriptedLog());
        for (int refused = 0; refused < 2; refused++)
        {
            groups.Log.NextAppend = ErrorCode.KafkaStorageError;
            await groups.CommitAsync(5);
        }
        Assert.Single(groups.Faults);
        await groups.CommitAsync(5);
        groups.Log.NextAppend = ErrorCode.KafkaStorageError;
        await groups.CommitAsync(6);
        Assert.Equal(2, groups.Faults.Count);
    }

    [Fact]
    public async Task What_a_failed_flush_leaves_unconfirmed_is_refused()
    {
        using var groups = new HostedGroups(new ScriptedLog { CommitsAtOnce = false });
        var commit = groups.CommitAsync(5);
        await groups.Log.Appended(1);
        groups.Log.Fail();
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, HostedGroups.ErrorOf(await commit));
    }

    [Fact]
    public async Task A_restart_reads_what_was_stored_and_requests_wait_for_it()
    {
        var log = new ScriptedLog();
        using (var before = new HostedGroups(log)) await before.CommitAsync(5);
        log.Readable.Reset();
        using var after = new HostedGroups(log);
        var fetch = after.FetchAsync();
        log.Readable.Set();
        Assert.Equal(5, await fetch);
    }

    [Fact]
    public async Task A_timer_ends_a_silent_members_session()
    {
        using var groups = new HostedGroups(new ScriptedLog());
        var member = await groups.JoinAsync("a");
        Assert.Equal(1, member!.GenerationId);
        // The second one waits for the first, which does not come: it is alone when the first one's time is up.
        var second = groups.JoinAsync("b");
        groups.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(2, (await second)!.GenerationId);
    }

    [Fact]
    public async Task A_fault_costs_only_the_request_that_causes_it()
    {
        using var groups = new HostedGroups(new ScriptedLog());
        var answer = await groups.AskAsync("no request at all", error => new HeartbeatResponse { ErrorCode = error });
        Assert.Equal(ErrorCode.UnknownServerError, answer!.ErrorCode);
        Assert.Equal(ErrorCode.None, HostedGroups.ErrorOf(await groups.CommitAsync(1)));
    }

    [Fact]
    public async Task More_requests_than_may_wait_are_turned_away()
    {
        var log = new ScriptedLog();
        log.Readable.Reset();
        using var groups = new HostedGroups(log, requestsMax: 1);
        await log.ReplayBegun;
        var waiting = groups.CommitAsync(1);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, HostedGroups.ErrorOf(await groups.CommitAsync(2)));
        log.Readable.Set();
        Assert.Equal(ErrorCode.None, HostedGroups.ErrorOf(await waiting));
    }

    [Fact]
    public async Task A_stop_tells_whoever_waits_and_later_requests_that_there_is_no_coordinator()
    {
        using var groups = new HostedGroups(new ScriptedLog());
        await groups.JoinAsync("a");
        var parked = groups.JoinAsync("b");
        await groups.Shard.StopAsync();
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, (await parked)!.ErrorCode);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, HostedGroups.ErrorOf(await groups.CommitAsync(1)));
    }

    [Fact]
    public async Task A_stop_ends_the_reading_of_a_log_without_a_fault()
    {
        var log = new ScriptedLog();
        using (var before = new HostedGroups(log)) await before.CommitAsync(5);
        log.Readable.Reset();
        using var groups = new HostedGroups(log);
        await log.ReplayBegun;
        var stop = groups.Shard.StopAsync();
        log.Readable.Set();
        await stop;
        Assert.Empty(groups.Faults);
    }
}
