using Moldau.Protocol;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// A member of a group that copies what it reads into another topic, in transactions: read, process, write, exactly once. It may die and
/// come back under the same transactional id, and what it sent before may arrive after that. In the midst of a transaction it may fall silent
/// for so long that another gets its partitions, or be told so, and go on nevertheless. What others have copied it reads there too.
/// </summary>
internal sealed class SimulatedCopier(SimulatedBroker broker, List<HistoryEvent> history, Random chance, int process, string to)
    : SimulatedMember(broker, history, chance, process)
{
    private const int SilentStepsMax = 25;

    private readonly Dictionary<int, long> _readOfOthers = [];
    private (int Partition, byte[] Batch)? _left, _leftBefore;
    private Copy? _open;

    /// <summary>What it says as a producer.</summary>
    public required bool RaisesEpochs
    {
        init => Transactions = new(this, $"copier-{Process}", value);
    }

    private SimulatedTransactions Transactions { get; init; } = null!;

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
        await Transactions.SendAsync(to, left.Partition, left.Batch);
    }

    private void ForgetProducer()
    {
        Transactions.Forget();
        Membership.Positions.Clear(); // What the group has committed tells where to go on.
    }

    protected override async Task WorkAsync()
    {
        if (Membership.Owned.Count == 0) return;
        if (!Transactions.IsStarted && !await Transactions.StartAsync()) return;
        var at = Membership.Owned.ElementAt(Chance.Next(Membership.Owned.Count));
        if (await PositionAsync(at, isStable: true) is not { } position || Membership.As is not { } member) return;
        var fetched = await FetchAsync(at.Topic, at.Partition, position);
        Trouble = $"{Trouble}, fetch at {at}:{position}: {fetched?.ErrorCode}";
        if (fetched?.ErrorCode != ErrorCode.None) return;
        var (records, next) = CommittedRecords.Of(at.Topic, fetched, position);
        if (records.Count == 0) return;
        string transaction = Transactions.Begin();
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
            await ReadOthersAsync(copy.Transaction);
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
        byte[] batch = Transactions.NextBatch(partition, values);
        (_leftBefore, _left) = (_left, (partition, batch));
        var answer = await Transactions.WriteAsync(to, partition, batch);
        Trouble = $"{Trouble}, produce: {answer?.ErrorCode}";
        var outcome = OutcomeOf(answer?.ErrorCode);
        for (int i = 0; i < values.Length; i++)
        {
            Note(new Sent(Process, to, partition, values[i], outcome)
            {
                Offset = outcome == SendOutcome.Acknowledged ? answer!.BaseOffset + i : null,
                Transaction = transaction,
            });
        }
        return outcome == SendOutcome.Acknowledged;
    }

    /// <summary>From somewhere on, mostly where it has not read yet. As it is no part of its order elsewhere, another process reads it.</summary>
    private async Task ReadOthersAsync(string transaction)
    {
        int partition = Chance.Next(SimulatedRun.Partitions);
        long end = _readOfOthers.GetValueOrDefault(partition), offset = Chance.Next(4) > 0 ? end : Chance.NextInt64(end + 1);
        if (await FetchAsync(to, partition, offset) is not { ErrorCode: ErrorCode.None } fetched) return;
        var (records, next) = CommittedRecords.Of(to, fetched, offset);
        _readOfOthers[partition] = Math.Max(next, end);
        if (records.Count == 0) return;
        Note(new Assigned(-Process));
        Note(new Polled(-Process, records) { IsReadCommitted = true, Transaction = transaction });
    }

    /// <summary>What an earlier transaction has sent may arrive in the midst of this one.</summary>
    private async Task MeetFormerAsync()
    {
        if (IsReliable) return;
        if (_leftBefore is { } former && Chance.Next(4) == 0) await Transactions.SendAsync(to, former.Partition, former.Batch);
        if (Chance.Next(4) == 0) await Transactions.EndFormerAsync();
    }

    private async Task<bool> CommitOffsetAsync(Copy copy, GroupMembership member)
    {
        var error = await Transactions.CommitOffsetAsync(member, copy.Next, error =>
            Note(new CommittedPosition(Process, member, copy.Next, OutcomeOf(error)) { Transaction = copy.Transaction }));
        Trouble = $"{Trouble}, commit as {member}: {error}";
        return error == ErrorCode.None;
    }

    private async Task<bool> EndAsync(string transaction, bool isCommit)
    {
        Note(new Ending(Process, transaction, isCommit));
        var error = await Transactions.EndAsync(isCommit);
        Trouble = $"{Trouble}, end: {error}";
        if (error != ErrorCode.None) return false;
        Note(new Ended(Process, transaction, isCommit));
        return true;
    }

    private static SendOutcome OutcomeOf(ErrorCode? error) => error switch
    {
        null => SendOutcome.Unknown,
        ErrorCode.None => SendOutcome.Acknowledged,
        _ => SendOutcome.Refused,
    };

    /// <summary>A transaction that has what it writes, and what it still lacks of its end.</summary>
    private sealed record Copy(string Transaction, GroupMembership As, LogPosition Next)
    {
        public bool HasOffset { get; init; }
    }
}
