using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// A member of a group that copies what it reads into another topic, in transactions: read, process, write, exactly once. It may die and
/// come back under the same transactional id, and what it sent before may arrive after that. In the midst of a transaction it may fall silent
/// for so long that another gets its partitions, or be told so, and go on nevertheless.
/// </summary>
internal sealed class SimulatedCopier(SimulatedBroker broker, List<HistoryEvent> history, Random chance, int process, string to)
    : SimulatedMember(broker, history, chance, process)
{
    private const int SilentStepsMax = 25;
    private const short FindVersion = 6, CommitVersion = 5, EndVersion = 5;

    private readonly Dictionary<int, int> _sequences = [];
    private int _transactions;
    private (long Id, short Epoch)? _producer;
    private (int Partition, byte[] Batch)? _left, _leftBefore;
    private Copy? _open;

    private string TransactionalId => $"copier-{Process}";

    public override async Task StepAsync()
    {
        if (_open is not { } copy || IsSilent) await base.StepAsync();
        else if (!IsReliable && Chance.Next(3) > 0) await Membership.SpeakAsync(); // What comes of it does not make it think again.
        else await GoOnAsync(copy);
    }

    protected override void ForgetWork()
    {
        _open = null;
        ForgetProducer();
    }

    protected override async Task GoAstrayAsync()
    {
        if (_left is not { } left) return;
        _left = null;
        await ProduceAsync(to, left.Partition, left.Batch, TransactionalId);
    }

    private void ForgetProducer()
    {
        _producer = null;
        _sequences.Clear();
        Membership.Positions.Clear(); // What the group has committed tells where to go on.
    }

    protected override async Task WorkAsync()
    {
        if (Membership.Owned.Count == 0) return;
        if (_producer is null && !await StartProducerAsync()) return;
        var at = Membership.Owned.ElementAt(Chance.Next(Membership.Owned.Count));
        if (await PositionAsync(at, isStable: true) is not { } position || Membership.As is not { } member) return;
        var fetched = await FetchAsync(at.Topic, at.Partition, position);
        Trouble = $"{Trouble}, fetch at {at}:{position}: {fetched?.ErrorCode}";
        if (fetched?.ErrorCode != ErrorCode.None) return;
        var (records, next) = CommittedRecords.Of(at.Topic, fetched, position);
        if (records.Count == 0) return;
        string transaction = $"{TransactionalId}#{++_transactions}";
        Note(new Polled(Process, records) { IsReadCommitted = true, Transaction = transaction });
        if (await WriteAsync(at.Partition, records, transaction)) await GoOnLaterAsync(new(transaction, member, new(at.Topic, at.Partition, next)));
        else await AbortAsync(transaction);
    }

    /// <summary>At once, mostly.</summary>
    private async Task GoOnLaterAsync(Copy copy)
    {
        _open = copy;
        if (IsReliable || Chance.Next(8) > 0) await GoOnAsync(copy);
        else FallSilent(SilentStepsMax);
    }

    private async Task GoOnAsync(Copy copy)
    {
        _open = null;
        if (!copy.HasOffset)
        {
            await MeetFormerAsync();
            bool goesAstray = !IsReliable && Chance.Next(8) == 0;
            if (await CommitOffsetAsync(copy, goesAstray ? Stray(copy.As) : copy.As)) await GoOnLaterAsync(copy with { HasOffset = true });
            else await AbortAsync(copy.Transaction);
            return;
        }
        bool isCommit = IsReliable || Chance.Next(10) > 0;
        if (!await EndAsync(copy.Transaction, isCommit) || !isCommit) ForgetProducer();
        else if (Membership.Positions.ContainsKey((copy.Next.Topic, copy.Next.Partition))) Membership.Positions[(copy.Next.Topic, copy.Next.Partition)] = copy.Next.Offset;
    }

    private async Task AbortAsync(string transaction)
    {
        await EndAsync(transaction, isCommit: false);
        ForgetProducer();
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
        var answer = await ProduceAsync(to, partition, batch, TransactionalId);
        // The transaction before may still be on its way to its end.
        for (int tries = 0; answer?.ErrorCode == ErrorCode.ConcurrentTransactions && tries < 100; tries++)
        {
            await Task.Yield();
            answer = await ProduceAsync(to, partition, batch, TransactionalId);
        }
        Trouble = $"{Trouble}, produce: {answer?.ErrorCode}";
        var outcome = answer is null ? SendOutcome.Unknown : answer.ErrorCode == ErrorCode.None ? SendOutcome.Acknowledged : SendOutcome.Refused;
        for (int i = 0; i < values.Length; i++)
        {
            Note(new Sent(Process, to, partition, values[i], outcome)
            {
                Offset = outcome == SendOutcome.Acknowledged ? answer!.BaseOffset + i : null,
                Transaction = transaction,
            });
        }
        _sequences[partition] = _sequences.GetValueOrDefault(partition) + values.Length;
        return outcome == SendOutcome.Acknowledged;
    }

    /// <summary>What an earlier transaction has sent may arrive in the midst of this one.</summary>
    private async Task MeetFormerAsync()
    {
        if (!IsReliable && _leftBefore is { } former && Chance.Next(4) == 0) await ProduceAsync(to, former.Partition, former.Batch, TransactionalId);
    }

    private async Task<bool> CommitOffsetAsync(Copy copy, GroupMembership member)
    {
        var (id, epoch) = _producer!.Value;
        var answer = await AskAsync<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(new()
        {
            TransactionalId = TransactionalId,
            GroupId = member.Group,
            ProducerId = id,
            ProducerEpoch = epoch,
            GenerationIdOrMemberEpoch = member.Generation,
            MemberId = member.Member,
            GroupInstanceId = member.Instance,
            Topics = [new() { Name = copy.Next.Topic, Partitions = [new() { PartitionIndex = copy.Next.Partition, CommittedOffset = copy.Next.Offset }] }],
        }, CommitVersion);
        var error = answer?.Topics[0].Partitions[0].ErrorCode;
        Trouble = $"{Trouble}, commit as {member}: {error}";
        var outcome = error is null ? SendOutcome.Unknown : error == ErrorCode.None ? SendOutcome.Acknowledged : SendOutcome.Refused;
        Note(new CommittedPosition(Process, member, copy.Next, outcome) { Transaction = copy.Transaction });
        return outcome == SendOutcome.Acknowledged;
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

    /// <summary>A transaction that has what it writes, and what it still lacks of its end.</summary>
    private sealed record Copy(string Transaction, GroupMembership As, LogPosition Next)
    {
        public bool HasOffset { get; init; }
    }
}
