using System.Security.Cryptography;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Records;

/// <summary>One fetch request, resolved against the sessions: what to read, and how much of it to tell.</summary>
internal sealed record FetchRound
{
    /// <summary>Why there is nothing to read; the answer then has no partitions.</summary>
    public ErrorCode Error { get; init; }

    /// <summary>0: there is no session, or it has ended.</summary>
    public int SessionId { get; init; }

    public FetchSession? Session { get; init; }

    /// <summary>Only partitions with news are told.</summary>
    public bool IsIncremental { get; init; }

    /// <summary>The session's next epoch as this request has left it.</summary>
    public int NextEpoch { get; init; }

    /// <summary>The client has gone on without the answer: what that would note of the session is not what the client knows.</summary>
    public bool IsOvertaken => IsIncremental && Session!.NextEpoch != NextEpoch;

    public List<FetchTarget> Targets { get; init; } = [];

    public static FetchRound Refuse(ErrorCode error) => new() { Error = error };
}

/// <summary>The bounds of what fetch sessions may keep.</summary>
internal sealed record FetchSessionLimits
{
    /// <summary><c>max.incremental.fetch.session.cache.slots</c></summary>
    public int SessionsMax { get; init; } = 1000;

    /// <summary>Partitions of one session. A fetch of more is served without a session.</summary>
    public int PartitionsMax { get; init; } = 100_000;

    /// <summary>Partitions of all sessions together.</summary>
    public int AllPartitionsMax { get; init; } = 500_000;

    /// <summary>When there is no room left, a session that was not used for so many milliseconds makes room.</summary>
    public long EvictableAfterMs { get; init; } = 120_000;
}

/// <summary>The fetch sessions of a broker. They belong to no connection: a client may go on with one on another.</summary>
internal sealed class FetchSessions(FetchSessionLimits limits, TimeProvider time)
{
    private const int FullFetchEpoch = 0, SessionlessEpoch = -1;
    private const short FirstVersionWithSessions = 7;

    // Up to so many partitions are compared one by one, which is cheaper than a table of them.
    private const int SearchedTargetsMax = 8;

    public const short FirstVersionWithTopicIds = 13;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, FetchSession> _sessions = [];
    private int _partitions;

    public int Count { get { lock (_lock) return _sessions.Count; } }

    public FetchRound Begin(FetchRequest request, short version)
    {
        int epoch = version < FirstVersionWithSessions ? SessionlessEpoch : request.SessionEpoch;
        if (epoch is not (SessionlessEpoch or FullFetchEpoch)) return Continue(request, version >= FirstVersionWithTopicIds);
        lock (_lock) Forget(request.SessionId);
        var session = epoch == FullFetchEpoch ? Open(request, version >= FirstVersionWithTopicIds) : null;
        return new FetchRound { SessionId = session?.Id ?? 0, Session = session, Targets = session?.Targets ?? TargetsOf(request) };
    }

    private FetchRound Continue(FetchRequest request, bool usesTopicIds)
    {
        FetchSession? session;
        int nextEpoch;
        lock (_lock)
        {
            if (!_sessions.TryGetValue(request.SessionId, out session)) return FetchRound.Refuse(ErrorCode.FetchSessionIdNotFound);
            if (session.NextEpoch != request.SessionEpoch) return FetchRound.Refuse(ErrorCode.InvalidFetchSessionEpoch);
            if (session.UsesTopicIds != usesTopicIds) return FetchRound.Refuse(ErrorCode.FetchSessionTopicIdError);
            session.Advance();
            nextEpoch = session.NextEpoch;
            session.UsedAt = time.GetTimestamp();
            bool isTooLarge = NamesTooLong(request);
            if (!isTooLarge) Update(session, request);
            isTooLarge |= session.Count > limits.PartitionsMax || _partitions > limits.AllPartitionsMax;
            if (session.Count == 0 || isTooLarge) Forget(session.Id);
            if (isTooLarge) return FetchRound.Refuse(ErrorCode.FetchSessionIdNotFound);
        }
        var targets = session.Targets;
        // What a request names and forgets is served once, outside the session that ends with it.
        if (targets.Count == 0) return new FetchRound { Targets = TargetsOf(request) };
        return new FetchRound { SessionId = session.Id, Session = session, IsIncremental = true, NextEpoch = nextEpoch, Targets = targets };
    }

    /// <summary>A session of its own for the request; null where there is no room, and the client is served without.</summary>
    private FetchSession? Open(FetchRequest request, bool usesTopicIds)
    {
        int wanted = request.Topics.Sum(topic => topic.Partitions.Count);
        if (wanted > limits.PartitionsMax || NamesTooLong(request)) return null;
        lock (_lock)
        {
            if (!HasRoom(wanted) && !(TryEvict() && HasRoom(wanted))) return null;
            var session = new FetchSession(NewId(), usesTopicIds) { UsedAt = time.GetTimestamp() };
            Update(session, request);
            _sessions.Add(session.Id, session);
            return session;
        }
    }

    /// <summary>Whether it names what cannot be a topic: sessions are counted by partitions, so what one of them takes must be bounded.</summary>
    private static bool NamesTooLong(FetchRequest request) => request.Topics.Exists(topic => topic.Topic.Length > TopicNames.LengthMax);

    private bool HasRoom(int partitions) => _sessions.Count < limits.SessionsMax && _partitions + (long)partitions <= limits.AllPartitionsMax;

    private void Update(FetchSession session, FetchRequest request)
    {
        int before = session.Count;
        session.Update(request);
        _partitions += session.Count - before;
    }

    private bool Forget(int id)
    {
        if (!_sessions.Remove(id, out var session)) return false;
        _partitions -= session.Count;
        return true;
    }

    /// <summary>What a request without a session wants. Of a partition that it names twice the last entry counts.</summary>
    private static List<FetchTarget> TargetsOf(FetchRequest request)
    {
        var targets = new List<FetchTarget>(request.Topics.Count);
        Dictionary<FetchKey, FetchTarget>? byKey = null;
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                var key = new FetchKey(topic.Topic, topic.TopicId, partition.Partition);
                if (targets.Count == SearchedTargetsMax) byKey = targets.ToDictionary(known => known.Key);
                var target = byKey is null ? Find(targets, key) : byKey.GetValueOrDefault(key);
                if (target is null)
                {
                    target = new FetchTarget(key);
                    targets.Add(target);
                    byKey?.Add(key, target);
                }
                target.Update(partition);
            }
        }
        return targets;
    }

    private static FetchTarget? Find(List<FetchTarget> targets, FetchKey key)
    {
        foreach (var target in targets)
        {
            if (target.Key == key) return target;
        }
        return null;
    }

    private bool TryEvict()
    {
        var oldest = _sessions.Values.MinBy(session => session.UsedAt);
        if (oldest is null || time.GetElapsedTime(oldest.UsedAt).TotalMilliseconds <= limits.EvictableAfterMs) return false;
        return Forget(oldest.Id);
    }

    // Random, so that a client that remembers a session from before a restart does not meet somebody else's.
    private int NewId()
    {
        while (true)
        {
            int id = RandomNumberGenerator.GetInt32(1, int.MaxValue);
            if (!_sessions.ContainsKey(id)) return id;
        }
    }
}
