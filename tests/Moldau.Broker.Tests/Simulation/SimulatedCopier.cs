using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// A member of a group that copies what it reads into another topic, in transactions: read, process, write, exactly once. It may die and
/// come back under the same transactional id, and what it sent before may arrive after that.
/// </summary>
internal sealed class SimulatedCopier(SimulatedBroker broker, List<HistoryEvent> history, Random chance, int process, SimulatedCopier.Route route)
    : SimulatedClient(broker, history, chance, process)
{
    private const int SilentStepsMax = 25;
    private const short HeartbeatVersion = 1, OffsetFetchVersion = 9, FindVersion = 6, CommitVersion = 5, EndVersion = 5;

    private readonly Dictionary<int, long> _positions = [];
    private readonly Dictionary<int, int> _sequences = [];
    private HashSet<int> _assigned = [];
    private string _memberId = $"copier-{process}-0";
    private int _memberEpoch, _lives, _transactions;
    private (long Id, short Epoch)? _producer;
    private (int Partition, byte[] Batch)? _left, _leftBefore;
    private Copied? _toEnd;
    private int _silentSteps;

    /// <summary>What is copied where, by which group.</summary>
    internal sealed record Route(string From, Guid FromId, string To, string Group);

    /// <summary>A transaction that has all that it is to have.</summary>
    private sealed record Copied(string Transaction, int Partition, long Next);

    private string TransactionalId => $"{route.Group}-{Process}";

    public override async Task StepAsync()
    {
        if (!IsReliable && _silentSteps-- > 0) return;
        if (_toEnd is { } copied)
        {
            _toEnd = null;
            await EndAsync(copied);
            return;
        }
        switch (IsReliable ? Chance.Next(2) : Chance.Next(16))
        {
            case 0 or 2 or 3 or 4: await HeartbeatAsync(); break;
            case 5 when Chance.Next(4) == 0: Die(); break;
            case 6 when _left is { } left:
                await ProduceAsync(route.To, left.Partition, left.Batch, TransactionalId);
                _left = null;
                break;
            default: await TransactAsync(); break;
        }
    }

    private void Die()
    {
        _memberId = $"copier-{Process}-{++_lives}";
        GiveUpMembership();
        ForgetProducer();
    }

    private async Task HeartbeatAsync()
    {
        bool joins = _memberEpoch == 0;
        var answer = await AskAsync<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>(new()
        {
            GroupId = route.Group,
            MemberId = _memberId,
            MemberEpoch = _memberEpoch,
            RebalanceTimeoutMs = 30_000,
            SubscribedTopicNames = [route.From],
            TopicPartitions = joins || _assigned.Count == 0 ? [] : [new() { TopicId = route.FromId, Partitions = [.. _assigned] }],
        }, HeartbeatVersion);
        if (answer is null) return;
        Trouble = $"heartbeat in {_memberEpoch}: {answer.ErrorCode}";
        if (answer.ErrorCode is ErrorCode.UnknownMemberId or ErrorCode.FencedMemberEpoch) GiveUpMembership();
        if (answer.ErrorCode != ErrorCode.None) return;
        _memberEpoch = answer.MemberEpoch;
        if (answer.Assignment is not { } assignment) return;
        _assigned = [.. assignment.TopicPartitions.SelectMany(topic => topic.Partitions)];
        foreach (int gone in _positions.Keys.Where(partition => !_assigned.Contains(partition)).ToList()) _positions.Remove(gone);
    }

    private void GiveUpMembership()
    {
        _memberEpoch = 0;
        _assigned = [];
        _positions.Clear();
    }

    private void ForgetProducer()
    {
        _producer = null;
        _sequences.Clear();
        _positions.Clear(); // What the group has committed tells where to go on.
    }

    private async Task TransactAsync()
    {
        if (_assigned.Count == 0) return;
        if (_producer is null && !await StartProducerAsync()) return;
        int partition = _assigned.ElementAt(Chance.Next(_assigned.Count));
        if (!_positions.TryGetValue(partition, out long position))
        {
            if (await CommittedAsync(partition) is not { } committed) return;
            Note(new Assigned(Process));
            position = _positions[partition] = committed;
        }
        var fetched = await FetchAsync(route.From, partition, position);
        Trouble = $"{Trouble}, fetch at {partition}:{position}: {fetched?.ErrorCode}";
        if (fetched?.ErrorCode != ErrorCode.None) return;
        var (records, next) = CommittedRecords.Of(route.From, fetched, position);
        if (records.Count > 0) await CopyAsync(partition, records, next);
    }

    private async Task CopyAsync(int partition, List<SeenRecord> records, long next)
    {
        string transaction = $"{TransactionalId}#{++_transactions}";
        Note(new Polled(Process, records) { IsReadCommitted = true, Transaction = transaction });
        if (!await WriteAsync(partition, records, transaction) || !await MeetFormerAsync() || !await CommitOffsetAsync(partition, next))
        {
            await EndAsync(transaction, isCommit: false);
            ForgetProducer();
            return;
        }
        var copied = new Copied(transaction, partition, next);
        if (IsReliable || Chance.Next(8) > 0)
        {
            await EndAsync(copied);
            return;
        }
        // It falls silent for so long, perhaps, that another gets its partitions.
        (_toEnd, _silentSteps) = (copied, Chance.Next(SilentStepsMax));
    }

    private async Task EndAsync(Copied copied)
    {
        bool isCommit = IsReliable || Chance.Next(10) > 0;
        if (await EndAsync(copied.Transaction, isCommit) && isCommit) _positions[copied.Partition] = copied.Next;
        else ForgetProducer();
    }

    private async Task<bool> WriteAsync(int partition, List<SeenRecord> records, string transaction)
    {
        // A value that is written again is told from the one before by its transaction.
        string[] values = [.. records.Select(record => $"{record.Value}/{transaction}")];
        var (id, epoch) = _producer!.Value;
        byte[] batch = Batch(new BatchOptions
        {
            ProducerId = id,
            ProducerEpoch = epoch,
            BaseSequence = _sequences.GetValueOrDefault(partition),
            Kind = BatchAttributes.Transactional,
        }, values);
        (_leftBefore, _left) = (_left, (partition, batch));
        var answer = await ProduceAsync(route.To, partition, batch, TransactionalId);
        // The transaction before may still be on its way to its end.
        for (int tries = 0; answer?.ErrorCode == ErrorCode.ConcurrentTransactions && tries < 100; tries++)
        {
            await Task.Yield();
            answer = await ProduceAsync(route.To, partition, batch, TransactionalId);
        }
        Trouble = $"{Trouble}, produce: {answer?.ErrorCode}";
        var outcome = answer is null ? SendOutcome.Unknown : answer.ErrorCode == ErrorCode.None ? SendOutcome.Acknowledged : SendOutcome.Refused;
        for (int i = 0; i < values.Length; i++)
        {
            Note(new Sent(Process, route.To, partition, values[i], outcome)
            {
                Offset = outcome == SendOutcome.Acknowledged ? answer!.BaseOffset + i : null,
                Transaction = transaction,
            });
        }
        _sequences[partition] = _sequences.GetValueOrDefault(partition) + values.Length;
        return outcome == SendOutcome.Acknowledged;
    }

    /// <summary>What an earlier transaction has sent may arrive in the midst of this one.</summary>
    private async Task<bool> MeetFormerAsync()
    {
        if (!IsReliable && _leftBefore is { } former && Chance.Next(4) == 0) await ProduceAsync(route.To, former.Partition, former.Batch, TransactionalId);
        return true;
    }

    private async Task<bool> CommitOffsetAsync(int partition, long offset)
    {
        var (id, epoch) = _producer!.Value;
        var answer = await AskAsync<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(new()
        {
            TransactionalId = TransactionalId,
            GroupId = route.Group,
            ProducerId = id,
            ProducerEpoch = epoch,
            GenerationIdOrMemberEpoch = _memberEpoch,
            MemberId = _memberId,
            Topics = [new() { Name = route.From, Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset }] }],
        }, CommitVersion);
        Trouble = $"{Trouble}, commit: {answer?.Topics[0].Partitions[0].ErrorCode}";
        return answer?.Topics[0].Partitions[0].ErrorCode == ErrorCode.None;
    }

    private async Task<bool> EndAsync(string transaction, bool isCommit)
    {
        var (id, epoch) = _producer!.Value;
        Note(new Ending(Process, transaction, isCommit));
        var request = new EndTxnRequest { TransactionalId = TransactionalId, ProducerId = id, ProducerEpoch = epoch, Committed = isCommit };
        var answer = await AskAsync<EndTxnRequest, EndTxnResponse>(request, EndVersion);
        Trouble = $"{Trouble}, end: {answer?.ErrorCode}";
        if (answer?.ErrorCode != ErrorCode.None) return false;
        Note(new Ended(Process, transaction, isCommit));
        _producer = (answer.ProducerId, answer.ProducerEpoch);
        _sequences.Clear();
        return true;
    }

    private async Task<bool> StartProducerAsync()
    {
        var answer = await NewProducerAsync(TransactionalId);
        Trouble = $"new producer: {answer?.ErrorCode}";
        if (answer?.ErrorCode == ErrorCode.NotCoordinator)
        {
            var request = new FindCoordinatorRequest { KeyType = 1, CoordinatorKeys = [TransactionalId] };
            await AskAsync<FindCoordinatorRequest, FindCoordinatorResponse>(request, FindVersion);
            return false;
        }
        if (answer?.ErrorCode != ErrorCode.None) return false;
        _producer = (answer.ProducerId, answer.ProducerEpoch);
        _sequences.Clear();
        return true;
    }

    private async Task<long?> CommittedAsync(int partition)
    {
        var answer = await AskAsync<OffsetFetchRequest, OffsetFetchResponse>(new()
        {
            Groups =
            [
                new()
                {
                    GroupId = route.Group,
                    MemberId = _memberId,
                    MemberEpoch = _memberEpoch,
                    Topics = [new() { Name = route.From, PartitionIndexes = [partition] }],
                },
            ],
            RequireStable = true,
        }, OffsetFetchVersion);
        var group = answer?.Groups[0];
        Trouble = $"{Trouble}, offsets: {group?.ErrorCode} {group?.Topics.FirstOrDefault()?.Partitions[0].ErrorCode}";
        if (group is null) return null;
        if (group.ErrorCode is ErrorCode.UnknownMemberId or ErrorCode.StaleMemberEpoch) GiveUpMembership();
        if (group.ErrorCode != ErrorCode.None || group.Topics[0].Partitions[0] is not { ErrorCode: ErrorCode.None } found) return null;
        return Math.Max(found.CommittedOffset, 0);
    }
}
