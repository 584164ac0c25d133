using System.Runtime.InteropServices;

namespace Moldau.Protocol.Records;

/// <summary>
/// A producer's batch, judged and brought into the form that its topic stores. As a rule these are the very bytes that came,
/// and nothing is copied; a batch that had to be built anew lives in a pooled buffer until this is disposed.
/// </summary>
internal readonly struct PreparedBatch : IDisposable
{
    private readonly BatchBuilder? _rebuilt;

    private PreparedBatch(BatchVerdict verdict, ReadOnlyMemory<byte> bytes, BatchBuilder? rebuilt = null)
    {
        Verdict = verdict;
        Bytes = bytes;
        _rebuilt = rebuilt;
    }

    public BatchVerdict Verdict { get; }

    /// <summary>What is to be appended, if the verdict is good.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <inheritdoc cref="Of(in BatchVerdict, ReadOnlyMemory{byte}, BatchRules, long)"/>
    public static PreparedBatch Of(ReadOnlyMemory<byte> batch, BatchRules rules, long nowMs) =>
        Of(BatchValidator.Validate(batch, rules, nowMs), batch, rules, nowMs);

    /// <summary>
    /// Takes one whole batch, as <see cref="BatchValidator.CheckRequest"/> hands it out, and its verdict. Its header is restamped in place where the
    /// topic's timestamps ask for it.
    /// </summary>
    public static PreparedBatch Of(in BatchVerdict verdict, ReadOnlyMemory<byte> batch, BatchRules rules, long nowMs)
    {
        if (!verdict.IsGood || verdict.Rewrite == BatchRewrite.None) return new PreparedBatch(verdict, batch);
        if (verdict.Rewrite == BatchRewrite.Rebuild) return Rebuilt(verdict, batch, rules, nowMs);
        BatchRewriter.Restamp(MemoryMarshal.AsMemory(batch).Span, rules.TimestampType, verdict.MaxTimestamp);
        return new PreparedBatch(verdict, batch);
    }

    public void Dispose() => _rebuilt?.Dispose();

    private static PreparedBatch Rebuilt(in BatchVerdict verdict, ReadOnlyMemory<byte> batch, BatchRules rules, long nowMs)
    {
        var builder = BatchRewriter.Rebuild(batch, verdict, rules, nowMs);
        var bytes = builder.Build();
        // Another compression, or none, may have made it larger than what the topic takes.
        if (bytes.Length <= rules.BatchBytesMax) return new PreparedBatch(verdict, bytes, builder);
        builder.Dispose();
        return new PreparedBatch(BatchVerdict.Of(BatchFault.TooLarge), default);
    }
}
