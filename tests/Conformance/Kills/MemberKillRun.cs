using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using Confluent.Kafka;
using Moldau.Conformance.Clients;

namespace Moldau.Conformance.Kills;

/// <summary>
/// Two members of a group write numbers from one topic into another while ever more come. Now a member is killed with kill -9, now the broker, and now a
/// member is paused for so long that the group gives it up: when some member says that it is at some stage, and only after every member has got something
/// done since the time before.
/// </summary>
internal sealed class MemberKillRun : IAsyncDisposable
{
    private const int Partitions = 4, Members = 2;
    private const string Source = "numbers", Target = "written", Group = "workers";

    /// <summary>A kill of a member costs what its session lasts, so that it is short here and in the members' own settings.</summary>
    private const string Settings = """
        group.consumer.min.session.timeout.ms=6000
        group.consumer.session.timeout.ms=6000
        group.consumer.min.heartbeat.interval.ms=500
        group.consumer.heartbeat.interval.ms=500
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly WorkingKind _kind;
    private readonly Random _random;
    private readonly string _directory;
    private readonly string _bootstrap;
    private readonly NumberFeed _feed;
    private readonly WorkingMember[] _members;
    private IAdminClient _admin;
    private BrokerProcess _broker;
    private bool _isFeeding = true;

    private MemberKillRun(WorkingKind kind, int seed, string directory, BrokerProcess broker)
    {
        _kind = kind;
        _random = new Random(seed);
        _directory = directory;
        _broker = broker;
        _bootstrap = broker.Bootstrap;
        _admin = NewAdmin();
        _feed = new NumberFeed(_bootstrap, Source, Partitions);
        _members = [.. Enumerable.Range(0, Members).Select(slot => Member($"{Group}-{slot}"))];
    }

    /// <summary>Kills a member, kills the broker, pauses a member and so on; fails where a number is lost, or counts twice. What there is to say of it.</summary>
    public static async Task<string> RunAsync(WorkingKind kind, int faults, int seed)
    {
        string directory = Directory.CreateTempSubdirectory("moldau-member-kills-").FullName;
        await File.WriteAllTextAsync(ConfigFile(directory), Settings);
        var broker = await StartBrokerAsync(directory);
        await NumberTopics.CreateAsync(broker.Bootstrap, Partitions, Source, Target);
        int numbers;
        await using (var run = new MemberKillRun(kind, seed, directory, broker))
        {
            Func<Task>[] each = [run.KillMemberAsync, run.KillBrokerAsync, run.PauseMemberAsync];
            for (int fault = 0; fault < faults; fault++) await each[fault % each.Length]();
            numbers = await run.CompleteAsync();
            await run._broker.KillAsync();
        }
        Directory.Delete(directory, recursive: true);
        return $"{kind}: {faults} kills of members and of the broker, and pauses, with seed {seed}, {numbers} numbers, none lost and none counted twice";
    }

    public ValueTask DisposeAsync()
    {
        foreach (var member in _members) member.Dispose();
        _feed.Dispose();
        _admin.Dispose();
        _broker.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string ConfigFile(string directory) => Path.Combine(directory, "broker.properties");

    private static Task<BrokerProcess> StartBrokerAsync(string directory, int port = 0) =>
        BrokerProcess.StartAsync(Path.Combine(directory, "data"), port, ConfigFile(directory));

    private WorkingMember Member(string name) => new(name, () => _kind.Program.Start([.. _kind.Action, _bootstrap, Group, name, Source, Target]));

    private async Task KillMemberAsync() => (await SomebodyAtAsync(AnyStage())).KillAndReplace();

    private async Task KillBrokerAsync()
    {
        await SomebodyAtAsync(AnyStage());
        await _broker.KillAsync();
        _broker.Dispose();
        _broker = await StartBrokerAsync(_directory, IPEndPoint.Parse(_bootstrap).Port);
        // librdkafka 2.16 remembers a coordinator by a connection that it gives up when all are lost: what is asked of it then is never sent.
        _admin.Dispose();
        _admin = NewAdmin();
    }

    private IAdminClient NewAdmin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = _bootstrap })
        .SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();

    /// <summary>When it goes on the other member has its partitions, and has done what it was about to do; so nothing of that may count.</summary>
    private async Task PauseMemberAsync()
    {
        var member = await SomebodyAtAsync(_kind.Stages[0]);
        member.Pause();
        await TendUntilAsync(async () => await CountMembersAsync() == Members - 1);
        long[] before = await CommittedAsync();
        await TendUntilAsync(async () => (await CommittedAsync()).Zip(before).All(offset => offset.First > offset.Second));
        member.Resume();
    }

    private string AnyStage() => _kind.Stages[_random.Next(_kind.Stages.Length)];

    private async Task<WorkingMember> SomebodyAtAsync(string stage)
    {
        await AllHaveWorkedAsync();
        var member = _members[_random.Next(Members)];
        await TendUntilAsync(member.ReachedAsync(stage));
        return member;
    }

    /// <summary>Ends it, and looks for every number. How many there were.</summary>
    private async Task<int> CompleteAsync()
    {
        await AllHaveWorkedAsync();
        _isFeeding = false;
        await _feed.CompleteAsync();
        long[] ends = [.. Enumerable.Repeat((long)_feed.Count / Partitions, Partitions)];
        await TendUntilAsync(async () => (await CommittedAsync()).SequenceEqual(ends));
        await TendUntilAsync(() => Written().Distinct().Count() == _feed.Count);

        var written = _kind.IsExactlyOnce ? Written() : Written().Distinct();
        Assert.Equal(Enumerable.Range(0, _feed.Count), written.Order());
        // Of those who write first and commit then, somebody may have written what another has committed, but only one has committed it.
        Assert.InRange(_members.Sum(member => member.Done), 0, _feed.Count);
        Assert.Equal(ends, await CommittedAsync());
        return _feed.Count;
    }

    private Task AllHaveWorkedAsync()
    {
        int[] before = [.. _members.Select(member => member.Done)];
        return TendUntilAsync(() => _members.Zip(before).All(member => member.First.Done > member.Second));
    }

    private Task TendUntilAsync(Func<bool> isSo, [CallerArgumentExpression(nameof(isSo))] string? what = null) =>
        TendUntilAsync(() => Task.FromResult(isSo()), what);

    private Task TendUntilAsync(Task signal, [CallerArgumentExpression(nameof(signal))] string? what = null) =>
        TendUntilAsync(() => Task.FromResult(signal.IsCompleted), what, signal);

    /// <summary>Meanwhile numbers come, and members that have ended are started again.</summary>
    private async Task TendUntilAsync(Func<Task<bool>> isSo, [CallerArgumentExpression(nameof(isSo))] string? what = null, Task? signal = null)
    {
        long begun = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            if (Stopwatch.GetElapsedTime(begun) > Patience)
                Assert.Fail($"{_kind}, {_directory}: it never came about: {what}.\n{string.Join('\n', await Task.WhenAll(_members.Select(member => member.LastWordsAsync())))}");
            if (_isFeeding) _feed.Feed();
            foreach (var member in _members) await member.TendAsync();
            var pause = Task.Delay(Pause);
            await (signal is null ? pause : Task.WhenAny(signal, pause));
        }
    }

    private async Task<long[]> CommittedAsync()
    {
        var listed = await _admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(Group, null)]);
        return [.. listed[0].Partitions.OrderBy(partition => partition.Partition.Value).Select(partition => partition.Offset.Value)];
    }

    private async Task<int> CountMembersAsync() => (await _admin.DescribeConsumerGroupsAsync([Group])).ConsumerGroupDescriptions[0].Members.Count;

    private IEnumerable<int> Written() =>
        TopicReader.ReadAll(new ClientConfig { BootstrapServers = _bootstrap }, Target, Partitions).Select(record => int.Parse(record.Message.Value!));
}
