namespace Moldau.Broker.Config;

/// <summary>
/// The entries of <c>listeners</c>, with the ports that flags give. A flag names a protocol, so it means the listener of that protocol,
/// whatever its name; that one keeps its host.
/// </summary>
internal sealed class ListenerPorts(string listeners, string protocolMap, string controllers)
{
    private const StringSplitOptions Tidy = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    private readonly List<string> _entries = [.. listeners.Split(',', Tidy)];
    private readonly string[] _controllers = controllers.Split(',', Tidy);

    /// <exception cref="ConfigException">Several listeners have this protocol.</exception>
    public void Set(string protocol, int? port)
    {
        if (port is null) return;
        int[] meant = [.. Enumerable.Range(0, _entries.Count).Where(i => Speaks(_entries[i], protocol))];
        if (meant.Length == 0) _entries.Add($"{protocol}://127.0.0.1:{port}");
        else if (meant.Length == 1) _entries[meant[0]] = $"{_entries[meant[0]][..^PortOf(_entries[meant[0]]).Length]}{port}";
        else
            throw new ConfigException(
                $"The port {port} is given for the listener with {protocol}, and listeners names several: "
                + $"{string.Join(", ", meant.Select(i => _entries[i]))}. Write their ports into listeners.");
    }

    public override string ToString() => string.Join(',', _entries);

    private static string PortOf(string entry) => entry[(entry.LastIndexOf(':') + 1)..];

    private bool Speaks(string entry, string protocol)
    {
        int scheme = entry.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || entry.LastIndexOf(':') == scheme) return false; // Is refused when it is read.
        string name = entry[..scheme];
        if (_controllers.Contains(name, StringComparer.OrdinalIgnoreCase)) return false;
        var mapped = protocolMap.Split(',', Tidy).Select(pair => pair.Split(':', StringSplitOptions.TrimEntries))
            .LastOrDefault(pair => pair.Length == 2 && pair[0].Equals(name, StringComparison.OrdinalIgnoreCase));
        return protocol.Equals(mapped?[1] ?? name, StringComparison.OrdinalIgnoreCase);
    }
}
