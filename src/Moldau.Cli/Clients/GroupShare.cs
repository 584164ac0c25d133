using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Analyses;

namespace Moldau.Cli.Clients;

/// <summary>
/// The partitions that the group has given to a reader, how far each was shown, and the memory of the analysis. Position and memory are
/// committed in one request, after what they cover was written: a clean stop repeats and misses nothing, and after a kill a
/// message may be shown again, but from a memory that fits.
/// </summary>
internal sealed class GroupShare(Reading reading, IAnalysis analysis, IReaderReport report)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CommitPatience = TimeSpan.FromSeconds(5);
    private const long CommitEveryMs = 1_000;

    /// <summary>A commit names all partitions, which may be thousands: between two of them passes so many times what the last one took.</summary>
    private const long RestPerCommit = 10;

    private readonly SortedDictionary<int, long> _next = [];
    private long _committedAtMs = Environment.TickCount64;
    private long _commitTookMs;
    private bool _isDirty;
    private bool _hasBegun;
    private bool _isPartOnly;

    /// <summary>Why the last commit was not taken; null if it was.</summary>
    public Error? CommitFailure { get; private set; }

    /// <summary>Takes over what the group gives, from where it stands; says where to read.</summary>
    public IEnumerable<TopicPartitionOffset> Take(IConsumer<Ignore, byte[]> consumer, List<TopicPartition> partitions)
    {
        Forget();
        CommitFailure = null;
        int[] given = [.. partitions.Select(p => p.Partition.Value)];
        var committed = given.Length == 0 ? [] : OffsetMetadata.Committed(consumer, reading.Topic, given, Patience);
        foreach (var position in committed.Where(c => c.Offset is not null))
        {
            _next[position.Partition] = position.Offset!.Value;
        }

        Begin(consumer, [.. given.Where(partition => !_next.ContainsKey(partition))]);

        analysis.Restore(committed.Where(c => c.Offset is not null).Select(c => c.Metadata));
        // A group that begins at the end has a position from now on: what comes while it is stopped is not missed.
        _isDirty = committed.Any(c => c.Offset is null);
        TellOfOthers(consumer, given);
        TellOfPast(committed);
        return [.. _next.Select(n => new TopicPartitionOffset(reading.Topic, n.Key, n.Value))];
    }

    /// <summary>What is before this place was shown.</summary>
    public void Passed(in Message message)
    {
        _next[message.Partition] = message.Offset + 1;
        _isDirty = true;
    }

    public void CommitWhenDue(IConsumer<Ignore, byte[]> consumer) => CommitAfter(CommitEveryMs, consumer);

    /// <summary>As <see cref="CommitWhenDue"/>, at a moment when nothing else is to be done.</summary>
    public void CommitWhenIdle(IConsumer<Ignore, byte[]> consumer) => CommitAfter(0, consumer);

    /// <summary>Commits what was shown since the last time, if there is anything.</summary>
    /// <exception cref="IOException">What was shown could not be written; nothing was committed.</exception>
    public void Commit(IConsumer<Ignore, byte[]> consumer)
    {
        _committedAtMs = Environment.TickCount64;
        if (!_isDirty || _next.Count == 0)
        {
            return;
        }

        report.Flush();
        string memory = analysis.Save();
        try
        {
            var positions = _next.Select(n => new CommittedPosition(n.Key, n.Value, memory));
            OffsetMetadata.Commit(consumer, reading.Topic, positions, CommitPatience);
            (_isDirty, CommitFailure) = (false, null);
        }
        catch (KafkaException e) when (IsPassing(e))
        {
            // The group is being rearranged, or the broker does not answer: what was shown stays to be committed with the next.
            CommitFailure = e.Error;
        }
        finally
        {
            (_commitTookMs, _committedAtMs) = (Environment.TickCount64 - _committedAtMs, Environment.TickCount64);
        }
    }

    /// <summary>The partitions are another's now, or what was shown of them did not arrive: nothing of it is committed any more.</summary>
    public void Forget()
    {
        _next.Clear();
        analysis.Restore([]);
        _isDirty = false;
    }

    private static bool IsPassing(KafkaException e) => e.Error.Code is ErrorCode.RebalanceInProgress or ErrorCode.IllegalGeneration
        or ErrorCode.UnknownMemberId or ErrorCode.Local_Transport or ErrorCode.Local_TimedOut or ErrorCode.RequestTimedOut
        or ErrorCode.NotCoordinatorForGroup or ErrorCode.GroupCoordinatorNotAvailable or ErrorCode.GroupLoadInProgress
        or ErrorCode.Local_WaitCoord;

    private void CommitAfter(long restMs, IConsumer<Ignore, byte[]> consumer)
    {
        if (Environment.TickCount64 - _committedAtMs >= Math.Max(restMs, RestPerCommit * _commitTookMs))
        {
            Commit(consumer);
        }
    }

    /// <summary>Where partitions without a position begin, asked for in one request.</summary>
    private void Begin(IConsumer<Ignore, byte[]> consumer, int[] partitions)
    {
        if (partitions.Length == 0)
        {
            return;
        }

        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var place = reading.Start == StartingPoint.Beginning ? OffsetSpec.Earliest() : OffsetSpec.Latest();
        var wanted = partitions.Select(p => new TopicPartitionOffsetSpec { TopicPartition = new(reading.Topic, p), OffsetSpec = place });
        var listed = admin.ListOffsetsAsync(wanted, new ListOffsetsOptions { RequestTimeout = Patience }).GetAwaiter().GetResult();
        foreach (var found in listed.ResultInfos)
        {
            _next[found.TopicPartitionOffsetError.Partition.Value] = found.TopicPartitionOffsetError.Offset.Value;
        }
    }

    private void TellOfOthers(IConsumer<Ignore, byte[]> consumer, int[] given)
    {
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        int all = admin.GetMetadata(reading.Topic, Patience).Topics[0].Partitions.Count;
        bool wasPartOnly = _isPartOnly;
        _isPartOnly = given.Length < all;
        if (_isPartOnly)
        {
            string part = given.Length == 0 ? "gets none of them" : $"sees only {string.Join(", ", given)}";
            report.Note($"The group {reading.Group} has another member: of the {Counted.Of(all, "partition")} of {reading.Topic} this one {part}. "
                + "To see everything, read as a group of its own: --group NAME.");
        }
        else if (wasPartOnly)
        {
            report.Note($"The group {reading.Group} has no other member any more: this one sees all of {reading.Topic}.");
        }
    }

    private void TellOfPast(IReadOnlyList<CommittedPosition> committed)
    {
        if (committed.Any(c => c.Offset > 0) && !_hasBegun)
        {
            report.Note($"The group {reading.Group} goes on where it stopped. "
                + "To see everything from the beginning: --group NEWNAME --from-beginning.");
        }

        _hasBegun = true;
    }
}
