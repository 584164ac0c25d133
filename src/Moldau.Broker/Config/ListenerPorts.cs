namespace Moldau.Broker.Config;

/// <summary>
/// The entries of <c>listeners</c>, with the ports that flags give. A flag names a protocol, so it means the listener of that protocol,
/// whatever its name; that one keeps its host. Where <c>advertised.listeners</c> tells the port that the flag replaces, it tells the new one;
/// any other is a port of something in between, and stays.
/// </summary>
internal sealed class ListenerPorts(string listeners, string advertised, string protocolMap, string controllers)
{
    private const StringSplitOptions Tidy = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    private readonly List<string> _entries = [.. listeners.Split(',', Tidy)];
    private readonly List<string> _advertised = [.. advertised.Split(',', Tidy)];
    private readonly string[] _controllers = controllers.Split(',', Tidy);

    /// <exception cref="ConfigException">Several listeners have this protocol.</exception>
    public void Set(string protocol, int? port)
    {
        if (port is null) return;
        int[] meant = [.. Enumerable.Range(0, _entries.Count).Where(i => Speaks(_entries[i], protocol))];
        if (meant.Length == 0) _entries.Add($"{protocol}://127.0.0.1:{port}");
        else if (meant.Length == 1) Replace(meant[0], $"{port}");
        else
            throw new ConfigException(
                $"The port {port} is given for the listener with {protocol}, and listeners names several: "
                + $"{string.Join(", ", meant.Select(i => _entries[i]))}. Write their ports into listeners.");
    }

    public string Listeners => string.Join(',', _entries);

    public string Advertised => string.Join(',', _advertised);

    private void Replace(int place, string port)
    {
        string entry = _entries[place];
        _entries[place] = WithPort(entry, port);
        int told = _advertised.FindIndex(other => NameOf(other).Equals(NameOf(entry), StringComparison.OrdinalIgnoreCase) && PortOf(other) == PortOf(entry));
        if (told < 0) return;
        if (port == "0") _advertised.RemoveAt(told); // Which port it will be is not known yet: clients are told the one that they dialled.
        else _advertised[told] = WithPort(_advertised[told], port);
    }

    private static string NameOf(string entry) => entry[..Math.Max(0, entry.IndexOf("://", StringComparison.Ordinal))];

    private static string PortOf(string entry) => entry[(entry.LastIndexOf(':') + 1)..];

    private static string WithPort(string entry, string port) => entry[..(entry.LastIndexOf(':') + 1)] + port;

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
