namespace Moldau.TestKit;

/// <summary>A file or a folder of the simulated disk.</summary>
internal abstract class SimulatedNode
{
    /// <summary>Brings the node to what a power cut leaves of it.</summary>
    public abstract void LosePower(Random random);
}

/// <summary>A file: its bytes as programs see them, as they are on the medium, and what was done that a flush may bring there yet.</summary>
internal sealed class SimulatedFile : SimulatedNode
{
    private const int SectorBytes = 512;

    private readonly List<Change> _unflushed = [];
    private readonly FileImage _visible = new();
    private readonly FileImage _durable = new();
    private bool _hasLostWrites;

    public int Length => _visible.Length;

    public int Read(int position, Span<byte> buffer) => _visible.Read(position, buffer);

    public void Write(int position, byte[] bytes)
    {
        _visible.Write(position, bytes);
        _unflushed.Add(new Change(position, bytes));
    }

    public void SetLength(int length)
    {
        _visible.Resize(length);
        _unflushed.Add(new Change(length, null));
    }

    public void Flush()
    {
        foreach (var change in _unflushed) Keep(change, int.MaxValue);
        _unflushed.Clear();
    }

    /// <summary>
    /// A flush that fails: the system takes what it could not write for written. Programs see it as long as the machine runs, and no
    /// later flush brings it to the medium, unless it is written again. A new length is the file system's own, and not lost.
    /// </summary>
    public void LoseUnflushed() => _hasLostWrites |= _unflushed.RemoveAll(change => change.Bytes is not null) > 0;

    public void FlipBit(int position)
    {
        _visible.FlipBit(position);
        _durable.FlipBit(position);
    }

    public override void LosePower(Random random)
    {
        if (_unflushed.Count == 0 && !_hasLostWrites) return;
        var changes = _unflushed.ToArray();
        _unflushed.Clear();
        if (changes.Length > 0) KeepSome(changes, random);
        _visible.Become(_durable);
        _hasLostWrites = false;
    }

    private void KeepSome(ReadOnlySpan<Change> changes, Random random)
    {
        switch (random.Next(4))
        {
            case 0: // The medium got nothing of it,
                break;
            case 1: // all of it,
                foreach (var change in changes) Keep(change, int.MaxValue);
                break;
            case 2: // the first part of it, torn at any byte,
                int kept = random.Next(changes.Length);
                foreach (var change in changes[..kept]) Keep(change, int.MaxValue);
                Keep(changes[kept], random.Next((changes[kept].Bytes?.Length ?? 0) + 1));
                break;
            default: // or sectors here and there, as a disk reorders them.
                foreach (var change in changes) KeepSectors(change, random);
                break;
        }
    }

    private void Keep(Change change, int bytesMax)
    {
        if (change.Bytes is null) _durable.Resize(change.Position);
        else _durable.Write(change.Position, change.Bytes.AsSpan(0, Math.Min(bytesMax, change.Bytes.Length)));
    }

    private void KeepSectors(Change change, Random random)
    {
        if (change.Bytes is null)
        {
            if (random.Next(2) == 0) _durable.Resize(change.Position);
            return;
        }
        for (int at = 0; at < change.Bytes.Length;)
        {
            int count = Math.Min(SectorBytes - (change.Position + at) % SectorBytes, change.Bytes.Length - at);
            if (random.Next(2) == 0) _durable.Write(change.Position + at, change.Bytes.AsSpan(at, count));
            at += count;
        }
    }

    /// <summary>Bytes at a position, or without bytes a new length.</summary>
    private readonly record struct Change(int Position, byte[]? Bytes);
}
