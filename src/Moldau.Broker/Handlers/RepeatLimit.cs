namespace Moldau.Broker.Handlers;

/// <summary>
/// Says which of the things that a request names are answered. One that is named again is answered again, as in Kafka; but an answer may be
/// many times as long as the name, so only so often.
/// </summary>
internal sealed class RepeatLimit<T>
{
    public const int RepeatsMax = 100;

    private readonly HashSet<T> _named = [];
    private int _repeats;

    public bool Admits(T named) => _named.Add(named) || _repeats++ < RepeatsMax;
}
