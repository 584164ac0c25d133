using Moldau.Log.Segments;
using Moldau.Protocol.Records;

namespace Moldau.Log.Cleaning;

/// <summary>What a pass leaves of a batch: the bytes that were given, others, or none. Disposed once they are written.</summary>
internal readonly struct FilteredBatch : IDisposable
{
    private readonly BatchBuilder? _builder;

    private FilteredBatch(in BatchHeader header, ReadOnlyMemory<byte> bytes, BatchBuilder? builder)
    {
        Header = header;
        Bytes = bytes;
        _builder = builder;
    }

    public static FilteredBatch Gone => default;

    public BatchHeader Header { get; }

    /// <summary>Empty if the batch is gone.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>With a marker that stays: the aborted transaction that readers must still know.</summary>
    public AbortedTransaction? Aborted { get; init; }

    /// <summary>Whether the batch is not what it was.</summary>
    public bool IsChanged => _builder is not null || Bytes.IsEmpty;

    public static FilteredBatch AsItWas(in BatchHeader header, ReadOnlyMemory<byte> batch) => new(header, batch, null);

    public static FilteredBatch Of(BatchBuilder builder)
    {
        var bytes = builder.Build();
        BatchHeader.TryRead(bytes.Span, out var header);
        return new FilteredBatch(header, bytes, builder);
    }

    public void Dispose() => _builder?.Dispose();
}
