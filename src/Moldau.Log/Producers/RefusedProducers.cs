using Moldau.Protocol.Records;

namespace Moldau.Log.Producers;

/// <summary>
/// Where producers that the log does not know were refused in passing, for want of room or of their coordinator: nothing else says which of
/// their batches must come first, and one behind it may be taken. In memory only, as what was refused leaves nothing behind.
/// </summary>
internal sealed class RefusedProducers
{
    /// <summary>Beyond, all are forgotten: then a batch may overtake one that was refused, and its producer is told at the next.</summary>
    private const int ProducersMax = 1_000;

    private readonly Dictionary<long, (short Epoch, int Sequence)> _refused = [];

    public void Refused(in BatchHeader header)
    {
        if (IsBehindRefused(header)) return;
        if (_refused.Count >= ProducersMax) _refused.Clear();
        _refused[header.ProducerId] = (header.ProducerEpoch, header.BaseSequence);
    }

    /// <summary>Whether a batch that comes before this one was refused and has not come again.</summary>
    public bool IsBehindRefused(in BatchHeader header) =>
        _refused.TryGetValue(header.ProducerId, out var first) && first.Epoch == header.ProducerEpoch && first.Sequence != header.BaseSequence;

    public void Appended(in BatchHeader header) => _refused.Remove(header.ProducerId);
}
