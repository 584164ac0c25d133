using Moldau.Log.Producers;
using Moldau.Protocol.Records;

namespace Moldau.Log.Cleaning;

/// <summary>
/// Decides batch by batch, from the beginning of a log, what a pass leaves of it. A batch that loses nothing stays byte for byte.
/// One that loses records keeps its first and last offset and its sequence, so that offsets stay and producers go on.
/// </summary>
internal sealed class BatchFilter(FilterRules rules, CleanedTransactions transactions)
{
    private const int RecordsUsually = 256;

    // Which records of the batch in hand stay.
    private bool[] _keeps = new bool[RecordsUsually];

    /// <exception cref="MalformedBatchException">The batch cannot be read as records.</exception>
    public FilteredBatch Apply(in BatchHeader header, ReadOnlyMemory<byte> batch) =>
        header.IsControl ? Marker(header, batch) : Data(header, batch);

    private FilteredBatch Marker(in BatchHeader header, ReadOnlyMemory<byte> batch)
    {
        var fate = transactions.End(header, TransactionMarker.Read(batch.Span, header));
        if (!fate.IsDone) return FilteredBatch.AsItWas(header, batch) with { Aborted = fate.Aborted };
        if (header.RecordCount == 0 || IsPast(header.DeleteHorizonMs)) return WithoutRecords(header, batch);
        return header.DeleteHorizonMs is null ? WithHorizon(header, batch) : FilteredBatch.AsItWas(header, batch);
    }

    private FilteredBatch Data(in BatchHeader header, ReadOnlyMemory<byte> batch)
    {
        if (transactions.IsAborted(header) || header.RecordCount == 0) return WithoutRecords(header, batch);
        // Not looked at in this pass, so that its tombstones' time does not begin yet.
        if (header.BaseOffset >= rules.Map.EndOffset) return FilteredBatch.AsItWas(header, batch);
        using var records = new BatchRecords(batch, rules.DecompressedBytesMax).GetEnumerator();
        int kept = Survey(header, records, out bool hasTombstone);
        if (kept == 0) return WithoutRecords(header, batch);
        bool getsHorizon = hasTombstone && header.DeleteHorizonMs is null;
        if (kept == header.RecordCount && !getsHorizon) return FilteredBatch.AsItWas(header, batch);
        return Rebuilt(header, records, getsHorizon ? Horizon() : header.DeleteHorizonMs);
    }

    /// <summary>Notes which records stay, and counts them. The enumerator is a copy, so that the caller's still stands at the beginning.</summary>
    private int Survey(in BatchHeader header, BatchRecords.Enumerator records, out bool hasTombstone)
    {
        int kept = 0;
        hasTombstone = false;
        var places = new RecordPlaces(header);
        for (int i = 0; records.MoveNext(); i++)
        {
            if (i == _keeps.Length) Array.Resize(ref _keeps, 2 * i);
            var record = records.Current;
            places.Take(record.Offset);
            if (!(_keeps[i] = Keeps(header, record))) continue;
            kept++;
            hasTombstone |= record.Value is null && record.Offset < rules.Map.EndOffset;
        }
        return kept;
    }

    private bool Keeps(in BatchHeader header, in Record record)
    {
        if (record.Offset >= rules.Map.EndOffset) return true;
        // Brokers refuse records without a key; one from before the topic was compacted can never be superseded.
        if (record.Key is not { } key || rules.Map.Find(key.Span) > record.Offset) return false;
        return record.Value is not null || !IsPast(header.DeleteHorizonMs);
    }

    private FilteredBatch Rebuilt(in BatchHeader header, BatchRecords.Enumerator records, long? horizonMs)
    {
        var builder = new BatchBuilder(Options(header) with
        {
            Compression = CompressionSetting.Default(header.Codec),
            DeleteHorizonMs = horizonMs,
        });
        try
        {
            for (int i = 0; records.MoveNext(); i++)
            {
                if (_keeps[i]) builder.Append(records.Current);
            }
            return FilteredBatch.Of(builder);
        }
        catch
        {
            builder.Dispose();
            throw;
        }
    }

    private FilteredBatch WithHorizon(in BatchHeader header, ReadOnlyMemory<byte> batch)
    {
        using var records = new BatchRecords(batch, rules.DecompressedBytesMax).GetEnumerator();
        // A marker is the one record of its batch.
        _keeps[0] = true;
        return Rebuilt(header, records, Horizon());
    }

    /// <summary>Gone, but where the header alone says something that nothing else does.</summary>
    private FilteredBatch WithoutRecords(in BatchHeader header, ReadOnlyMemory<byte> batch)
    {
        bool stays = header.NextOffset == rules.FirstUncleanableOffset
            || header.HasProducerId && rules.ActiveProducers.TryGetValue(header.ProducerId, out var last) && last.StandsIn(header);
        if (!stays) return FilteredBatch.Gone;
        return header.RecordCount == 0 ? FilteredBatch.AsItWas(header, batch) : FilteredBatch.Of(new BatchBuilder(Options(header)));
    }

    private static BatchOptions Options(in BatchHeader header) => new()
    {
        BaseOffset = header.BaseOffset,
        LastOffset = header.LastOffset,
        LeaderEpoch = header.LeaderEpoch,
        ProducerId = header.ProducerId,
        ProducerEpoch = header.ProducerEpoch,
        BaseSequence = header.BaseSequence,
        Kind = header.Attributes & (BatchAttributes.Transactional | BatchAttributes.Control),
        LogAppendTimeMs = header.TimestampType == TimestampType.LogAppendTime ? header.MaxTimestamp : null,
        MaxTimestamp = header.MaxTimestamp,
    };

    private bool IsPast(long? horizonMs) => horizonMs <= rules.NowMs;

    /// <summary>Never negative, which would say that there is none.</summary>
    private long Horizon() => Math.Min(rules.NowMs, long.MaxValue - rules.DeleteRetentionMs) + rules.DeleteRetentionMs;
}
