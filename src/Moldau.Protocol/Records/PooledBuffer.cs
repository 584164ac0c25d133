using System.Buffers;

namespace Moldau.Protocol.Records;

/// <summary>Bytes that grow in an array of the shared pool. Whoever disposes it must not use what it handed out any more.</summary>
internal sealed class PooledBuffer(int capacity = 0) : IBufferWriter<byte>, IDisposable
{
    private const int CapacityMin = 1024;

    private byte[] _bytes = capacity == 0 ? [] : ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public Memory<byte> Memory => _bytes.AsMemory(0, Length);

    public Span<byte> Span => _bytes.AsSpan(0, Length);

    /// <summary>Adds bytes at the end, whose content is up to the caller.</summary>
    public Span<byte> Claim(int count)
    {
        var claimed = GetSpan(count)[..count];
        Length += count;
        return claimed;
    }

    public void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Claim(bytes.Length));

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_bytes.Length - Length < Math.Max(sizeHint, 1)) Grow(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public void Advance(int count) => Length += count;

    /// <summary>Forgets what lies behind <paramref name="length"/>.</summary>
    public void Truncate(int length) => Length = Math.Min(Length, length);

    public void Dispose()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        Length = 0;
    }

    private void Grow(int count)
    {
        long wanted = Math.Max((long)Length + count, 2L * _bytes.Length);
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(wanted, CapacityMin, Array.MaxLength));
        Span.CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
