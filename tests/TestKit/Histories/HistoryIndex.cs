namespace Moldau.TestKit.Histories;

/// <summary>What a history says of its values, positions and transactions, gathered once for all checks.</summary>
internal sealed class HistoryIndex
{
    private readonly Dictionary<(string Topic, string Value), Sent> _sends = [];
    private readonly Dictionary<string, int> _commitAsked = [];
    private readonly Dictionary<string, bool> _ended = [];
    private readonly HashSet<string> _gone = [];
    private readonly Dictionary<(string Topic, int Partition), SortedSet<long>> _committedOffsets = [];
    private readonly Dictionary<(string Topic, int Partition), SortedSet<long>> _allOffsets = [];

    public HistoryIndex(IReadOnlyList<HistoryEvent> events)
    {
        Events = events;
        for (int at = 0; at < events.Count; at++)
        {
            switch (events[at])
            {
                case Sent sent: _sends[(sent.Topic, sent.Value)] = sent; break;
                case Ending { IsCommit: true } ending: _commitAsked.TryAdd(ending.Transaction, at); break;
                case DeletedTopic deleted: _gone.Add(deleted.Topic); break;
                case Ended ended: _ended[ended.Transaction] = ended.IsCommit; break;
            }
        }
        foreach (var sent in events.OfType<Sent>())
        {
            if (sent is { Outcome: SendOutcome.Acknowledged, Offset: { } offset } && IsCommitted(sent.Transaction))
                Note(new(sent.Topic, sent.Partition, offset), isCommitted: true);
        }
        foreach (var poll in events.OfType<Polled>())
        {
            foreach (var record in poll.Records) Note(record.At, poll.IsReadCommitted);
        }
    }

    public IReadOnlyList<HistoryEvent> Events { get; }

    public Sent? SendOf(SeenRecord record) => _sends.GetValueOrDefault((record.At.Topic, record.Value));

    /// <summary>The topic was deleted, or was about to be: nobody need have read it.</summary>
    public bool IsGone(string topic) => _gone.Contains(topic);

    /// <summary>Known to be committed, as all is that belongs to no transaction.</summary>
    public bool IsCommitted(string? transaction) => transaction is null || (_ended.TryGetValue(transaction, out bool isCommit) && isCommit);

    /// <summary>Known to be aborted, or never to have been asked to commit.</summary>
    public bool IsAborted(string? transaction) =>
        transaction is not null && (_ended.TryGetValue(transaction, out bool isCommit) ? !isCommit : !_commitAsked.ContainsKey(transaction));

    /// <summary>The place in the history at which the commit was first asked for.</summary>
    public int? CommitAskedAt(string transaction) => _commitAsked.TryGetValue(transaction, out int at) ? at : null;

    /// <summary>The first offset in between at which there is a record that such a reader sees.</summary>
    public long? FirstBetween(LogPosition last, LogPosition next, bool isReadCommitted)
    {
        var offsets = (isReadCommitted ? _committedOffsets : _allOffsets).GetValueOrDefault((last.Topic, last.Partition));
        if (offsets is null || next.Offset - last.Offset < 2) return null;
        foreach (long offset in offsets.GetViewBetween(last.Offset + 1, next.Offset - 1)) return offset;
        return null;
    }

    private void Note(LogPosition at, bool isCommitted)
    {
        if (isCommitted) Add(_committedOffsets, at);
        Add(_allOffsets, at);
    }

    private static void Add(Dictionary<(string Topic, int Partition), SortedSet<long>> offsets, LogPosition at)
    {
        if (!offsets.TryGetValue((at.Topic, at.Partition), out var known)) offsets.Add((at.Topic, at.Partition), known = []);
        known.Add(at.Offset);
    }
}
