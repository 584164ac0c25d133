using Moldau.Coordination.Groups;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Sharing;

/// <summary>One request, resolved against the sessions.</summary>
internal sealed record ShareRound
{
    /// <summary>Why nothing is done.</summary>
    public ErrorCode Error { get; init; }

    /// <summary>The session begins with this request: its answer names all partitions, whether there is news of them or not.</summary>
    public bool IsFirst { get; init; }

    /// <summary>The session ends with this request, which acknowledges and fetches nothing.</summary>
    public bool IsLast { get; init; }

    /// <summary>What is fetched, in the order in which it is to be read.</summary>
    public IReadOnlyList<TopicIdPartition> Partitions { get; init; } = [];

    /// <summary>The session that fetches; null where nothing is fetched.</summary>
    public ShareSession? Session { get; init; }

    public static ShareRound Refuse(ErrorCode error) => new() { Error = error };
}

/// <summary>The bounds of what share sessions may keep.</summary>
internal sealed record ShareSessionLimits
{
    /// <summary><c>group.share.max.share.sessions</c></summary>
    public int SessionsMax { get; init; } = 2_000;

    /// <summary>Partitions of one session.</summary>
    public int PartitionsMax { get; init; } = 100_000;

    /// <summary>Partitions of all sessions together.</summary>
    public int AllPartitionsMax { get; init; } = 500_000;
}

/// <summary>
/// The share sessions of a broker. One belongs to the connection on which it was begun: when that is closed, what the member has goes back.
/// </summary>
internal sealed class ShareSessions(Func<ShareSessionLimits> limits, SharePartitions partitions, TimeProvider time, CancellationToken stop)
{
    private const int FirstEpoch = 0, LastEpoch = -1;

    private static readonly TimeSpan LetGoPause = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<ShareSessionKey, ShareSession> _sessions = [];
    private readonly HashSet<string> _leaving = new(StringComparer.Ordinal);
    private int _partitions;

    public int Count { get { lock (_lock) return _sessions.Count; } }

    public ShareRound Begin(ShareFetchRequest request, CancellationToken connectionClosed)
    {
        var key = new ShareSessionKey(request.GroupId!, request.MemberId!);
        if (request.ShareSessionEpoch == FirstEpoch) return Open(key, request, connectionClosed);
        ShareSession? session;
        int before;
        lock (_lock)
        {
            if (!_sessions.TryGetValue(key, out session)) return ShareRound.Refuse(ErrorCode.ShareSessionNotFound);
            if (request.ShareSessionEpoch == LastEpoch) return new ShareRound { IsLast = true };
            if (session.NextEpoch != request.ShareSessionEpoch) return ShareRound.Refuse(ErrorCode.InvalidShareSessionEpoch);
            before = session.Count;
            Change(session, () => Update(session, request));
            session.Advance();
        }
        if (request.ForgottenTopicsData.Count > 0) Prune(session);
        lock (_lock)
        {
            // Whoever adds nothing does not pay for what others add.
            if (session.IsOver || session.Count <= before || !IsTooLarge(session)) return new ShareRound { Partitions = session.Partitions, Session = session };
            Remove(session);
        }
        _ = GiveBackAsync(session);
        return ShareRound.Refuse(ErrorCode.ShareSessionLimitReached);
    }

    /// <summary>An acknowledgement apart from a fetch: it cannot begin a session.</summary>
    public ShareRound Begin(ShareAcknowledgeRequest request)
    {
        if (request.ShareSessionEpoch == FirstEpoch) return ShareRound.Refuse(ErrorCode.InvalidShareSessionEpoch);
        lock (_lock)
        {
            if (!_sessions.TryGetValue(new(request.GroupId!, request.MemberId!), out var session)) return ShareRound.Refuse(ErrorCode.ShareSessionNotFound);
            if (request.ShareSessionEpoch == LastEpoch) return new ShareRound { IsLast = true };
            if (session.NextEpoch != request.ShareSessionEpoch) return ShareRound.Refuse(ErrorCode.InvalidShareSessionEpoch);
            session.Advance();
            return new ShareRound();
        }
    }

    /// <summary>
    /// Partitions had records for the member of the session, so its next fetch begins with others. False: the session is over, and its end will
    /// not give back what was acquired for it meanwhile.
    /// </summary>
    public bool TryNoteServed(ShareSession session, IEnumerable<TopicIdPartition> partitions)
    {
        lock (_lock)
        {
            if (session.IsOver) return false;
            Change(session, () =>
            {
                foreach (var partition in partitions) session.Served(partition);
            });
            return true;
        }
    }

    /// <summary>Ends the session, and gives back what the member has; completes when that is stored.</summary>
    public Task EndAsync(ShareSessionKey key)
    {
        ShareSession? session;
        lock (_lock)
        {
            if (!_sessions.TryGetValue(key, out session)) return Task.CompletedTask;
            Remove(session);
        }
        return GiveBackAsync(session);
    }

    private ShareRound Open(ShareSessionKey key, ShareFetchRequest request, CancellationToken connectionClosed)
    {
        var session = new ShareSession(key);
        if (!TryReplace(session, request, out var former, out var round))
        {
            if (former is not null) _ = GiveBackAsync(former); // Without a session nobody would.
            return ShareRound.Refuse(ErrorCode.ShareSessionLimitReached);
        }
        session.Connection = connectionClosed.UnsafeRegister(static closed => ((Action)closed!)(), () => ConnectionClosed(session));
        return round;
    }

    private bool TryReplace(ShareSession session, ShareFetchRequest request, out ShareSession? former, out ShareRound round)
    {
        lock (_lock)
        {
            if (_sessions.TryGetValue(session.Key, out former)) Remove(former);
            _sessions.Add(session.Key, session);
            Change(session, () => Update(session, request));
            round = new ShareRound { IsFirst = true, Partitions = session.Partitions, Session = session };
            if (_sessions.Count > limits().SessionsMax || IsTooLarge(session))
            {
                Remove(session);
                return false;
            }
            if (former is { Remembered: var remembered }) Change(session, () => session.TakeOver(remembered));
            return true;
        }
    }

    private void ConnectionClosed(ShareSession session)
    {
        lock (_lock)
        {
            if (_sessions.GetValueOrDefault(session.Key) != session) return;
            Remove(session);
        }
        _ = GiveBackAsync(session);
    }

    private async Task GiveBackAsync(ShareSession session)
    {
        var (groupId, memberId) = session.Key;
        var released = session.Remembered
            .Select(partition => Find(groupId, partition))
            .OfType<SharePartition>()
            .Select(partition => partition.ReleaseAsync(memberId));
        await Task.WhenAll(released).ConfigureAwait(false);
        _ = LetGoAsync(groupId);
    }

    /// <summary>Lets go of what the group has here once it has no session, which waits for whatever is still at work on it.</summary>
    private async Task LetGoAsync(string groupId)
    {
        lock (_lock)
        {
            if (!_leaving.Add(groupId)) return;
        }
        while (!IsLetGo(groupId) && !stop.IsCancellationRequested)
            await Task.Delay(LetGoPause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private bool IsLetGo(string groupId)
    {
        lock (_lock)
        {
            bool isSettled = _sessions.Keys.Any(key => key.GroupId == groupId) || partitions.LetGo(groupId);
            if (isSettled) _leaving.Remove(groupId);
            return isSettled;
        }
    }

    private static void Update(ShareSession session, ShareFetchRequest request)
    {
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions) session.Add(new(topic.TopicId, partition.PartitionIndex));
        }
        foreach (var topic in request.ForgottenTopicsData)
        {
            foreach (int partition in topic.Partitions) session.Forget(new(topic.TopicId, partition));
        }
    }

    /// <summary>Forgets the partitions of which the member has nothing. It asks them outside of the lock: whoever has much to ask keeps nobody waiting.</summary>
    private void Prune(ShareSession session)
    {
        TopicIdPartition[] left;
        int served;
        lock (_lock) (left, served) = ([.. session.Left], session.ServedLeft);
        var (groupId, memberId) = session.Key;
        var done = left.Where(partition => Find(groupId, partition)?.HasRecordsOf(memberId) is not true).ToList();
        lock (_lock)
        {
            // Where one had records for the member meanwhile, what it was asked says nothing any more.
            if (!session.IsOver && session.ServedLeft == served) Change(session, () => session.Prune(done));
        }
    }

    /// <summary>Changes what a session that is not over remembers.</summary>
    private void Change(ShareSession session, Action change)
    {
        int before = session.Count;
        change();
        _partitions += session.Count - before;
    }

    private bool IsTooLarge(ShareSession session) => session.Count > limits().PartitionsMax || _partitions > limits().AllPartitionsMax;

    private SharePartition? Find(string groupId, TopicIdPartition partition) =>
        partitions.Find(new SharePartitionKey(groupId, partition.Topic, partition.Partition));

    private void Remove(ShareSession session)
    {
        _sessions.Remove(session.Key);
        session.End();
        _partitions -= session.Count;
        session.Connection.Unregister();
    }
}
