namespace Moldau.Broker.Handlers;

/// <summary>The ids that a request for descriptions names, within a <see cref="RepeatLimit{T}"/>.</summary>
internal sealed class NamedIds
{
    private readonly string[] _again;

    public NamedIds(List<string> ids)
    {
        var once = new HashSet<string>(StringComparer.Ordinal);
        _again = [.. ids.FindAll(id => !once.Add(id)).Take(RepeatLimit<string>.RepeatsMax)];
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
