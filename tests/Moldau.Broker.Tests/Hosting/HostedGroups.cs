using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Moldau.Broker.Hosting;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Offsets;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Hosting;

/// <summary>One hosted shard of groups, on a log and a clock that stand still until a test moves them.</summary>
internal sealed class HostedGroups : IDisposable
{
    private readonly TimerQueue _timers;

    public HostedGroups(ScriptedLog log, int requestsMax = 100)
    {
        Log = log;
        var clock = new BrokerClock(Time);
        _timers = new TimerQueue(clock);
        var environment = new ShardEnvironment
        {
            Clock = clock,
            Timers = _timers,
            Logger = new FaultLog(Faults),
            ReadRecord = GroupRecords.Read,
            RequestsMax = requestsMax,
        };
        Shard = new ShardHost<GroupInput>("__consumer_offsets-0", new GroupShard(new GroupSettings()), log, environment);
        Shard.BeginLoad();
    }

    /// <summary>What the shard has logged as a fault.</summary>
    public List<string> Faults { get; } = [];

    public FakeTimeProvider Time { get; } = new();

    public ScriptedLog Log { get; }

    public ShardHost<GroupInput> Shard { get; }

    public Task<OffsetCommitResponse?> CommitAsync(long offset, int partition = 0) => AskAsync<OffsetCommitResponse>(
        new OffsetCommitRequest
        {
            GroupId = "g",
            Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset }] }],
        },
        error => new OffsetCommitResponse { Topics = [new() { Partitions = [new() { ErrorCode = error }] }] });

    public async Task<long> FetchAsync()
    {
        var answer = await AskAsync<OffsetFetchResponse.OffsetFetchResponseGroup>(
            new FetchOffsets(new() { GroupId = "g", Topics = [new() { Name = "t", PartitionIndexes = [0] }] }, OnlyStable: false),
            error => new() { ErrorCode = error });
        Assert.Equal(ErrorCode.None, answer!.ErrorCode);
        return answer.Topics[0].Partitions[0].CommittedOffset;
    }

    public Task<JoinGroupResponse?> JoinAsync(string client) => AskAsync<JoinGroupResponse>(
        new JoinGroupRequest { GroupId = "g", SessionTimeoutMs = 10_000, ProtocolType = "consumer", Protocols = [new() { Name = "range" }] },
        error => new JoinGroupResponse { ErrorCode = error },
        client);

    public Task<TAnswer?> AskAsync<TAnswer>(object request, Func<ErrorCode, TAnswer> refuse, string client = "client")
        where TAnswer : class =>
        Shard.AskAsync<TAnswer>(token => new GroupCall(new Caller(token, ApiVersion: 0) { ClientId = client, FreshId = Guid.NewGuid() }, request), refuse).AsTask();

    public static ErrorCode ErrorOf(OffsetCommitResponse? response) => response!.Topics[0].Partitions[0].ErrorCode;

    public void Dispose() => _timers.Dispose();

    private sealed class FaultLog(List<string> faults) : ILogger
    {
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (faults) faults.Add(formatter(state, exception));
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
    }
}
