using Moldau.Broker.Topics;
using Moldau.Coordination.SharePartitions;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Sharing;

/// <summary>Dead letters that were not written, and why.</summary>
internal readonly record struct UnwrittenLetters(DeadLetters Letters, string Reason, bool MayBeRepeated);

/// <summary>
/// One attempt to append dead letters to a partition of their queue. What the queue refuses of them says nothing of the others, and what is
/// appended is not tried again.
/// </summary>
internal sealed class DeadLetterAppend(string groupId, PartitionLog source, Partition queue, DeadLetterForm form, long nowMs)
{
    private readonly List<UnwrittenLetters> _unwritten = [];
    private long _endOffset;

    public IReadOnlyList<UnwrittenLetters> Unwritten => _unwritten;

    public void Append(in DeadLetters lot)
    {
        long next = lot.Offsets.First;
        try
        {
            var batches = new DeadLetterBatches(new DeadLetterHeaders(groupId, lot, source.Name), source, form, nowMs);
            foreach (var (batch, offsets) in batches.Of(lot.Offsets))
            {
                using (batch)
                {
                    var error = Append(batch);
                    if (error == ErrorCode.KafkaStorageError) throw new IOException(Refusal(error));
                    if (error != ErrorCode.None) LeaveOut(lot with { Offsets = offsets }, Refusal(error));
                }
                next = offsets.Last + 1;
            }
        }
#pragma warning disable CA1031 // Whatever it was: it is said in the log, and the group goes on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            var left = lot with { Offsets = lot.Offsets with { First = next } };
            _unwritten.Add(new(left, failure.Message, MayBeRepeated: failure is IOException));
        }
    }

    /// <summary>Completes when what was appended is durable.</summary>
    public ValueTask CommittedAsync() => queue.Log.CommittedAsync(_endOffset);

    private ErrorCode Append(BatchBuilder batch)
    {
        using var prepared = PreparedBatch.Of(batch.Build(), queue.Rules, nowMs);
        if (!prepared.Verdict.IsGood) return prepared.Verdict.Error;
        var result = queue.Log.Append(prepared.Bytes, new AppendContext { LeaderEpoch = queue.LeaderEpoch });
        if (result.Error == ErrorCode.None) _endOffset = result.EndOffset;
        return result.Error;
    }

    /// <summary>Neighbours that the queue refuses for the same reason are told of once.</summary>
    private void LeaveOut(in DeadLetters letters, string reason)
    {
        var added = new UnwrittenLetters(letters, reason, MayBeRepeated: false);
        if (_unwritten is [.., var before] && before with { Letters = letters } == added && before.Letters.Offsets.Last + 1 == letters.Offsets.First)
            _unwritten[^1] = before with { Letters = letters with { Offsets = letters.Offsets with { First = before.Letters.Offsets.First } } };
        else _unwritten.Add(added);
    }

    private static string Refusal(ErrorCode error) => $"the topic refused them with {error}";
}
