using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// A member of a share group that accepts, releases and rejects what it gets. It may end its session, or be slower than its locks last, and
/// then go on as if nothing had happened.
/// </summary>
internal sealed class SimulatedShareMember(SimulatedBroker broker, List<HistoryEvent> history, Random chance, int process, SimulatedTopics topics)
    : SimulatedMember(broker, history, chance, process)
{
    private const short ShareFetchVersion = 2, AcknowledgeVersion = 2;
    private const int LastEpoch = -1, WaitMs = 3_000;

    private readonly SortedDictionary<int, SortedSet<long>> _held = [];
    private readonly List<ShareFetching> _fetches = [];
    private SharedTopic? _shared;
    private string _sessionOf = "";
    private int _sessionEpoch;
    private HashSet<int> _fetched = [];
    private ShareFetching? _fetching;

    /// <summary>Under which what it said long ago is told from what it says now.</summary>
    private int LateProcess => -Process;

    private bool BeginsSession => _sessionEpoch == 0;

    /// <summary>What it fetches from, for as long as there is that topic.</summary>
    private SharedTopic Shared => _shared ??= new(topics.Titles.First(), topics.IdOf(topics.Titles.First()), Membership.Subscription.Group);

    public override Task StepAsync() => _fetching is not { } fetching || IsSilent ? base.StepAsync() : TakeFetchAsync(fetching);

    /// <summary>What was delivered to it and it knows nothing of.</summary>
    public IEnumerable<AcquiredUnheard> Unheard() =>
        from fetching in _fetches
        from answer in fetching.Parked.Unheard
        select new AcquiredUnheard(Process, fetching.From.AcquiredOf(answer.Responses.SelectMany(topic => topic.Partitions)));

    protected override async Task WorkAsync()
    {
        if (_shared is { } former && !topics.Has(former.Topic)) LeaveTopic();
        if (!topics.Titles.Any()) return;
        if (!IsReliable && Chance.Next(20) == 0) await EndSessionAsync();
        else if (IsReliable ? _held.Count > 0 && !BeginsSession : Chance.Next(2) == 0) await JudgeAsync();
        else Fetch();
    }

    protected override void ForgetWork()
    {
        LoseConnection();
        _held.Clear();
    }

    /// <summary>It is gone, and its records with it.</summary>
    private void LeaveTopic()
    {
        LoseConnection();
        _held.Clear();
        _shared = null;
    }

    /// <summary>Which the broker may hear of or not.</summary>
    private void LoseConnection()
    {
        GiveUpFetch();
        _sessionEpoch = 0;
        if (Chance.Next(2) == 0) return;
        Disconnect();
        Note(new EndedSession(Process, _sessionOf));
    }

    /// <summary>What it said long ago comes, perhaps after the answer to its fetch was given, of which it says nothing certain any more.</summary>
    private void Overtake(HistoryEvent late)
    {
        Note(late);
        if (_fetching is { } fetching) fetching.IsOvertaken = true;
    }

    private void GiveUpFetch()
    {
        if (_fetching is { } fetching) NoteJudged(Process, _sessionOf, fetching.Judged, null);
        _fetching = null;
    }

    private async Task EndSessionAsync()
    {
        if (BeginsSession) return;
        Note(new EndedSession(Process, _sessionOf)); // From when it is asked for on, whatever comes of it.
        var request = new ShareAcknowledgeRequest { GroupId = Shared.Group, MemberId = _sessionOf, ShareSessionEpoch = LastEpoch };
        string ending = _sessionOf;
        await AskAsync(request, AcknowledgeVersion, new LateArrival<ShareAcknowledgeResponse> { Coming = () => Overtake(new EndedSession(Process, ending)) });
        _sessionEpoch = 0;
        _held.Clear();
    }

    private async Task JudgeAsync()
    {
        if (BeginsSession || _held.Count == 0) return; // Without a session nothing can be said.
        var judged = JudgeSome();
        string member = _sessionOf;
        var answer = await AskAsync(Shared.Acknowledge(member, _sessionEpoch, judged), AcknowledgeVersion, new LateArrival<ShareAcknowledgeResponse>
        {
            Coming = () => Overtake(new Judging(LateProcess, member, judged)),
            Came = late => NoteJudged(LateProcess, member, judged, ErrorsOf(late)),
        });
        Advance(answer?.ErrorCode);
        NoteJudged(Process, member, judged, ErrorsOf(answer));
    }

    private void Fetch()
    {
        if (BeginsSession) _sessionOf = Membership.As!.Value.Member;
        var wanted = BeginsSession || Chance.Next(8) == 0 ? [.. Membership.Owned.Where(owned => owned.Topic == Shared.Topic).Select(owned => owned.Partition)] : _fetched;
        if (wanted.Count == 0) return;
        List<JudgedRecord> judged = BeginsSession || Chance.Next(2) == 0 ? [] : JudgeSome();
        var request = Shared.Fetch(_sessionOf, _sessionEpoch, judged);
        Shared.Name(request, wanted, BeginsSession ? [] : _fetched);
        request.MaxWaitMs = Chance.Next(2) * WaitMs;
        request.MaxRecords = Chance.Next(1, 9);
        request.BatchSize = Chance.Next(1, 6);
        request.ShareAcquireMode = (sbyte)Chance.Next(2);
        _fetched = wanted;
        string member = _sessionOf;
        var late = new LateArrival<ShareFetchResponse>
        {
            Coming = () =>
            {
                Overtake(new Judging(LateProcess, member, judged));
                NoteJudged(LateProcess, member, judged, null);
            },
        };
        _fetching = new ShareFetching(Shared, Park(request, ShareFetchVersion, late), judged, NowMs);
        _fetches.Add(_fetching);
    }

    private async Task TakeFetchAsync(ShareFetching fetching)
    {
        if (!await fetching.Parked.IsThereAsync()) return;
        _fetching = null;
        var answer = await fetching.Parked.TakeAsync();
        // An answer that comes when its locks may have ended already says nothing for certain.
        if (answer is null || fetching.IsOvertaken || NowMs >= fetching.AtMs + answer.AcquisitionLockTimeoutMs)
        {
            if (answer is not null) Note(new AcquiredUnheard(Process, fetching.From.AcquiredOf(answer.Responses.SelectMany(topic => topic.Partitions))));
            NoteJudged(Process, _sessionOf, fetching.Judged, null);
            LoseConnection();
            return;
        }
        Advance(answer.ErrorCode);
        var partitions = answer.Responses.SelectMany(topic => topic.Partitions).ToList();
        NoteJudged(Process, _sessionOf, fetching.Judged, partitions.ToDictionary(partition => partition.PartitionIndex, partition => partition.AcknowledgeErrorCode));
        var records = fetching.From.AcquiredOf(partitions);
        if (records.Count == 0) return;
        Note(new Acquired(Process, _sessionOf, records, NowMs) { LockedUntilMs = fetching.AtMs + answer.AcquisitionLockTimeoutMs });
        foreach (var record in records)
        {
            if (!_held.TryGetValue(record.At.Partition, out var held)) _held.Add(record.At.Partition, held = []);
            held.Add(record.At.Offset);
        }
    }

    private void Advance(ErrorCode? error)
    {
        Trouble = $"session {_sessionEpoch}: {error}";
        _sessionEpoch = error == ErrorCode.None ? _sessionEpoch + 1 : 0;
    }

    /// <summary>Says something of some records, which it then has no more, whatever it is answered.</summary>
    private List<JudgedRecord> JudgeSome()
    {
        var judged = new List<JudgedRecord>();
        foreach (var (partition, offsets) in _held)
        {
            foreach (long offset in offsets.Where(_ => IsReliable || Chance.Next(3) > 0)) judged.Add(new(new(Shared.Topic, partition, offset), AnyVerdict()));
        }
        foreach (var record in judged) _held[record.At.Partition].Remove(record.At.Offset);
        foreach (int empty in _held.Where(held => held.Value.Count == 0).Select(held => held.Key).ToList()) _held.Remove(empty);
        Note(new Judging(Process, _sessionOf, judged));
        return judged;
    }

    private static Dictionary<int, ErrorCode>? ErrorsOf(ShareAcknowledgeResponse? answer) =>
        answer?.Responses.SelectMany(topic => topic.Partitions).ToDictionary(partition => partition.PartitionIndex, partition => partition.ErrorCode);

    private ShareVerdict AnyVerdict() => Chance.Next(IsReliable ? 6 : 10) switch
    {
        < 6 => ShareVerdict.Accept,
        < 9 => ShareVerdict.Release,
        _ => ShareVerdict.Reject,
    };

    /// <summary>Of a partition that the answer does not name it is not known what came of its verdicts.</summary>
    private void NoteJudged(int process, string member, List<JudgedRecord> judged, Dictionary<int, ErrorCode>? errors)
    {
        foreach (var partition in judged.GroupBy(record => record.At.Partition))
        {
            ErrorCode? error = errors is not null && errors.TryGetValue(partition.Key, out var answered) ? answered : null;
            // Other errors than this one leave open whether it is stored.
            var outcome = error switch
            {
                ErrorCode.None => SendOutcome.Acknowledged,
                ErrorCode.InvalidRecordState => SendOutcome.Refused,
                _ => SendOutcome.Unknown,
            };
            Note(new Judged(process, member, [.. partition], outcome, NowMs));
        }
    }

    /// <summary>A fetch that waits at the broker, and what it says of records.</summary>
    private sealed record ShareFetching(SharedTopic From, ParkedAnswer<ShareFetchResponse> Parked, List<JudgedRecord> Judged, long AtMs)
    {
        /// <summary>By something of its member that came late, while it was parked.</summary>
        public bool IsOvertaken { get; set; }
    }
}
