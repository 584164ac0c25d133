using System.Diagnostics;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Benchmarks;

/// <summary>A member of a group of the classic protocol; joins again whenever it hears of a rebalance.</summary>
internal sealed class ClassicMember(string group)
{
    private string _id = "";

    public long JoinedAt { get; private set; }

    /// <summary>The generation whose assignment the member has.</summary>
    public int Generation { get; private set; }

    /// <summary>All members of a group join, each on a connection of its own. The answer is the time at which all had an assignment of one generation.</summary>
    public static async Task<long> JoinAsync(IReadOnlyList<ClassicMember> members, string bootstrap)
    {
        bool isStable = false;
        var running = Task.WhenAll(members.Select(member => Task.Run(() => member.RunAsync(bootstrap, () => Volatile.Read(ref isStable)))));
        while (members[0].Generation == 0 || members.Any(member => member.Generation != members[0].Generation))
        {
            if (running.IsFaulted) await running;
            await Task.Delay(1);
        }
        long stable = Stopwatch.GetTimestamp();
        Volatile.Write(ref isStable, true);
        await running;
        return stable;
    }

    public async Task<ErrorCode> BeatAsync(WireConnection connection) => (await connection.AskAsync<HeartbeatRequest, HeartbeatResponse>(
        new() { GroupId = group, MemberId = _id, GenerationId = Generation }, version: 4)).ErrorCode;

    private async Task RunAsync(string bootstrap, Func<bool> isDone)
    {
        using var connection = new WireConnection(bootstrap);
        JoinedAt = Stopwatch.GetTimestamp();
        while (!isDone())
        {
            var joined = await JoinAsync(connection);
            if (await SyncAsync(connection, joined) != ErrorCode.None) continue;
            Generation = joined.GenerationId;
            while (!isDone() && await BeatAsync(connection) == ErrorCode.None) { }
        }
    }

    private async Task<JoinGroupResponse> JoinAsync(WireConnection connection)
    {
        while (true)
        {
            var response = await connection.AskAsync<JoinGroupRequest, JoinGroupResponse>(
                new()
                {
                    GroupId = group,
                    MemberId = _id,
                    SessionTimeoutMs = 45_000,
                    RebalanceTimeoutMs = 60_000,
                    ProtocolType = "consumer",
                    Protocols = [new() { Name = "range", Metadata = new byte[20] }],
                },
                version: 9);
            _id = response.MemberId;
            if (response.ErrorCode == ErrorCode.MemberIdRequired) continue;
            BenchTopic.Expect(response.ErrorCode, "A member");
            return response;
        }
    }

    private async Task<ErrorCode> SyncAsync(WireConnection connection, JoinGroupResponse joined)
    {
        var response = await connection.AskAsync<SyncGroupRequest, SyncGroupResponse>(
            new()
            {
                GroupId = group,
                MemberId = _id,
                GenerationId = joined.GenerationId,
                ProtocolType = joined.ProtocolType,
                ProtocolName = joined.ProtocolName,
                Assignments = joined.Members.ConvertAll(member =>
                    new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = member.MemberId, Assignment = new byte[20] }),
            },
            version: 5);
        return response.ErrorCode;
    }
}
