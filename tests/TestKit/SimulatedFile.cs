namespace Moldau.TestKit;

/// <summary>A file or a folder of the simulated disk.</summary>
internal abstract class SimulatedNode
{
    /// <summary>Brings the node to what a power cut leaves of it.</summary>
    public abstract void LosePower(Random random);
}

/// <summary>A file: its bytes as programs see them, as they are on the medium, and what was done since they were equal.</summary>
internal sealed class SimulatedFile : SimulatedNode
{
    private const int SectorBytes = 512;

    private readonly List<Change> _unflushed = [];
    private byte[] _bytes = [];
    private byte[] _durable = [];
    private int _durableLength;

    public int Length { get; private set; }

    public int Read(int position, Span<byte> buffer)
    {
        int count = Math.Clamp(Length - position, 0, buffer.Length);
        if (count > 0) _bytes.AsSpan(position, count).CopyTo(buffer);
        return count;
    }

    public void Write(int position, byte[] bytes)
    {
        Apply(position, bytes);
        _unflushed.Add(new Change(position, bytes));
    }

    public void SetLength(int length)
    {
        Resize(length);
        _unflushed.Add(new Change(length, null));
    }

    public void Flush()
    {
        if (_unflushed.Count == 0) return;
        _unflushed.Clear();
        if (_durable.Length < Length) _durable = new byte[_bytes.Length];
        _bytes.AsSpan(0, Length).CopyTo(_durable);
        _durable.AsSpan(Length).Clear(); // What was cut off does not come back when the file grows again.
        _durableLength = Length;
    }

    public void FlipBit(int position)
    {
        _bytes[position] ^= 1;
        _durable[position] ^= 1;
    }

    public override void LosePower(Random random)
    {
        var changes = _unflushed.ToArray();
        _unflushed.Clear();
        if (changes.Length == 0) return;
        _bytes = _durable.ToArray();
        Length = _durableLength;
        switch (random.Next(4))
        {
            case 0: // The medium got nothing of it,
                break;
            case 1: // all of it,
                foreach (var change in changes) Keep(change, int.MaxValue);
                break;
            case 2: // the first part of it, torn at any byte,
                int kept = random.Next(changes.Length);
                foreach (var change in changes.AsSpan(0, kept)) Keep(change, int.MaxValue);
                Keep(changes[kept], random.Next((changes[kept].Bytes?.Length ?? 0) + 1));
                break;
            default: // or sectors here and there, as a disk reorders them.
                foreach (var change in changes) KeepSectors(change, random);
                break;
        }
        _durable = _bytes.ToArray();
        _durableLength = Length;
    }

    private void Keep(Change change, int bytesMax)
    {
        if (change.Bytes is null) Resize(change.Position);
        else Apply(change.Position, change.Bytes.AsSpan(0, Math.Min(bytesMax, change.Bytes.Length)));
    }

    private void KeepSectors(Change change, Random random)
    {
        if (change.Bytes is null)
        {
            if (random.Next(2) == 0) Resize(change.Position);
            return;
        }
        for (int at = 0; at < change.Bytes.Length;)
        {
            int count = Math.Min(SectorBytes - (change.Position + at) % SectorBytes, change.Bytes.Length - at);
            if (random.Next(2) == 0) Apply(change.Position + at, change.Bytes.AsSpan(at, count));
            at += count;
        }
    }

    private void Apply(int position, ReadOnlySpan<byte> bytes)
    {
        if (position + bytes.Length > Length) Resize(position + bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(position));
    }

    private void Resize(int length)
    {
        if (length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(length, _bytes.Length * 2));
        if (length < Length) _bytes.AsSpan(length, Length - length).Clear();
        Length = length;
    }

    /// <summary>Bytes at a position, or without bytes a new length.</summary>
    private readonly record struct Change(int Position, byte[]? Bytes);
}
