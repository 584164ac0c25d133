using System.Collections.Immutable;

namespace Moldau.Broker.Config;

/// <summary>Refuses settings under which somebody would believe himself protected and not be.</summary>
internal static class Protections
{
    private const string NotEnforced = "access control lists are not enforced yet";

    public static void Check(ConfigLayers layers, ImmutableArray<ListenerConfig> listeners, StaticSettings check)
    {
        foreach (var listener in listeners)
        {
            if (!listener.IsLoopback && listener.Protocol != SecurityProtocol.SaslSsl) check.Wrong(OpenDoor(listener));
        }

        bool everyone = layers.Bool("allow.everyone.if.no.acl.found");
        if (layers.Text("authorizer.class.name") is { Length: > 0 })
        {
            const string Key = "authorizer.class.name", Consent = "allow.everyone.if.no.acl.found=true";
            if (everyone) check.Notice(ConfigNoticeLevel.Warning, $"{Key} is set, but {NotEnforced}: who can log in may do all.");
            else check.Wrong($"{Key} promises a protection, but {NotEnforced}. Set {Consent} to start without it, or remove {Key}.");
        }
        else if (layers.SettingsOf("allow.everyone.if.no.acl.found").First() is { Source: not ConfigSource.Default, Value: "false" })
        {
            check.Wrong("allow.everyone.if.no.acl.found=false promises a protection, but " + NotEnforced + ". Remove it to start without.");
        }
    }

    private static string OpenDoor(ListenerConfig listener)
    {
        string where = listener.Host.Length == 0 ? "all addresses" : listener.Host;
        return $"The listener {listener.Name} would be open beyond this machine ({where}) without {Missing(listener)}. "
            + "Make it SASL_SSL, by its name or in listener.security.protocol.map, "
            + $"or bind it to loopback: {listener.Name}://127.0.0.1:{listener.Port}.";
    }

    private static string Missing(ListenerConfig listener) => listener.Protocol switch
    {
        SecurityProtocol.Ssl => "asking for credentials",
        SecurityProtocol.SaslPlaintext => "encryption",
        _ => "encryption and credentials",
    };
}
