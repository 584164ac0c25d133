namespace Moldau.Broker.Handlers;

/// <summary>
/// The ids that a request for descriptions names. One that is named again is described again, as in Kafka; but a description is many times as
/// long as its id, so only so often.
/// </summary>
internal sealed class NamedIds
{
    private const int RepeatsMax = 100;

    private readonly string[] _again;

    public NamedIds(List<string> ids)
    {
        var once = new HashSet<string>(StringComparer.Ordinal);
        _again = [.. ids.FindAll(id => !once.Add(id)).Take(RepeatsMax)];
        Once = [.. once];
    }

    public string[] Once { get; }

    /// <summary>The descriptions of all, given those of each once, in that order.</summary>
    public List<T> Repeat<T>(IReadOnlyList<T> described)
    {
        var all = described.ToList();
        foreach (string id in _again) all.Add(described[Array.IndexOf(Once, id)]);
        return all;
    }
}
