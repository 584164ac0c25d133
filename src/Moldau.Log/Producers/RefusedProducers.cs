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

    private readonly Dictionary<long, Place> _refused = [];

    /// <summary>Where a batch stands among those of its producer.</summary>
    private readonly record struct Place(short Epoch, int Sequence)
    {
        public static Place Of(in BatchHeader header) => new(header.ProducerEpoch, header.BaseSequence);

        /// <summary>Sequences begin at 0 again, so the way forward is the shorter one.</summary>
        public bool IsBehind(Place other) =>
            Epoch == other.Epoch && (((long)Sequence - other.Sequence) & int.MaxValue) is > 0 and <= int.MaxValue / 2;
    }

    /// <summary>Of the batches of an epoch the first one counts, and of epochs the newest.</summary>
    public void Refused(in BatchHeader header)
    {
        var place = Place.Of(header);
        bool isKnown = _refused.TryGetValue(header.ProducerId, out var first);
        if (isKnown && place.Epoch <= first.Epoch && !first.IsBehind(place)) return;
        if (!isKnown && _refused.Count >= ProducersMax) _refused.Clear();
        _refused[header.ProducerId] = place;
    }

    /// <summary>Whether a batch that comes before this one was refused and has not come again.</summary>
    public bool IsBehindRefused(in BatchHeader header) =>
        _refused.TryGetValue(header.ProducerId, out var first) && Place.Of(header).IsBehind(first);

    public void Appended(in BatchHeader header) => _refused.Remove(header.ProducerId);

    /// <summary>The batch does not come again. Where it was not the first, the first is still awaited.</summary>
    public void GivenUp(in BatchHeader header)
    {
        if (_refused.TryGetValue(header.ProducerId, out var first) && first == Place.Of(header)) _refused.Remove(header.ProducerId);
    }
}
