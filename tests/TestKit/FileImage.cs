namespace Moldau.TestKit;

/// <summary>What a file holds, on one side of the page cache or the other. What was cut off reads as zero when the file grows again.</summary>
internal sealed class FileImage
{
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public int Read(int position, Span<byte> buffer)
    {
        int count = Math.Clamp(Length - position, 0, buffer.Length);
        if (count > 0) _bytes.AsSpan(position, count).CopyTo(buffer);
        return count;
    }

    public void Write(int position, ReadOnlySpan<byte> bytes)
    {
        if (position + bytes.Length > Length) Resize(position + bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(position));
    }

    public void Resize(int length)
    {
        if (length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(length, _bytes.Length * 2));
        if (length < Length) _bytes.AsSpan(length, Length - length).Clear();
        Length = length;
    }

    public void FlipBit(int position)
    {
        if (position < Length) _bytes[position] ^= 1;
    }

    public void Become(FileImage other)
    {
        _bytes = other._bytes.ToArray();
        Length = other.Length;
    }
}
