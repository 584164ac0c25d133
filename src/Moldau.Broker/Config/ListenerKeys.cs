using System.Collections.Immutable;

namespace Moldau.Broker.Config;

/// <summary>A name in the form <c>listener.name.LISTENER.KEY</c> or <c>listener.name.LISTENER.MECHANISM.KEY</c>.</summary>
internal readonly record struct ListenerKey(string Listener, string? Mechanism, ConfigKey Key)
{
    private const string Prefix = "listener.name.";

    public static ListenerKey? Parse(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        int end = name.IndexOf('.', Prefix.Length);
        if (end < 0) return null;
        var (listener, rest) = (name[Prefix.Length..end], name[(end + 1)..]);
        if (ConfigKeys.FindBroker(rest) is { } key) return new(listener, null, key);
        int dot = rest.IndexOf('.', StringComparison.Ordinal);
        return dot >= 0 && ConfigKeys.FindBroker(rest[(dot + 1)..]) is { } ofMechanism ? new(listener, rest[..dot], ofMechanism) : null;
    }
}

/// <summary>Few keys count for a single listener or mechanism. Of the others it is told at the start, and a limit that nothing would keep is refused.</summary>
internal static class ListenerKeys
{
    private const string JaasConfig = "sasl.jaas.config";

    public static void Check(ConfigLayers layers, ImmutableArray<ListenerConfig> listeners, StaticSettings check)
    {
        foreach (string name in layers.File.Keys.Union(layers.Flags.Keys).Order(StringComparer.Ordinal))
        {
            if (name == JaasConfig) check.WithoutEffect(name, $"It counts as listener.name.NAME.MECHANISM.{JaasConfig} only.");
            // Of those that count for nobody their own documentation tells.
            if (ListenerKey.Parse(name) is { Key.Standing: ConfigStanding.Honoured } key) Check(name, key, listeners, check);
        }
    }

    private static void Check(string name, in ListenerKey key, ImmutableArray<ListenerConfig> listeners, StaticSettings check)
    {
        string wanted = key.Listener;
        if (listeners.FirstOrDefault(listener => ConfigLayers.InKey(listener.Name) == wanted) is not { } listener)
            check.WithoutEffect(name, "No listener of this name is opened; in a key it stands in lower case.");
        else if (IsRead(key, listener)) return;
        else if (key.Key.Name is "max.connections" or "sasl.server.max.receive.size")
            check.Wrong($"{name} promises a limit for one listener, and only the whole broker has it. Set {key.Key.Name} instead, or remove it.");
        else if (IsOfListeners(key.Key.Name)) check.WithoutEffect(name, "This listener has no use for it; in a key a mechanism stands in lower case.");
        else check.WithoutEffect(name, "Only the whole broker has this setting.");
    }

    private static bool IsRead(in ListenerKey key, ListenerConfig listener)
    {
        bool isOffered = IsOffered(key.Mechanism, listener);
        return key.Key.Name switch
        {
            "ssl.enabled.protocols" => key.Mechanism is null && listener.HasTls,
            "sasl.enabled.mechanisms" => key.Mechanism is null && listener.HasSasl,
            "connections.max.reauth.ms" => listener.HasSasl && (key.Mechanism is null || isOffered),
            JaasConfig => isOffered,
            _ => false,
        };
    }

    private static bool IsOffered(string? mechanism, ListenerConfig listener) =>
        listener.SaslMechanisms.Any(offered => ConfigLayers.InKey(offered) == mechanism);

    private static bool IsOfListeners(string key) => key is "ssl.enabled.protocols" or "sasl.enabled.mechanisms" or "connections.max.reauth.ms" or JaasConfig;
}
