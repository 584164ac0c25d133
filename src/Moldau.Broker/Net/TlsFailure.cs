namespace Moldau.Broker.Net;

/// <summary>What a handshake failed of, with what it most likely means: the words of the TLS library are for those who know it.</summary>
internal static class TlsFailure
{
    public static string Explain(Exception e)
    {
        while (e.InnerException is { } cause) e = cause;
        return Meaning(e.Message) is { } meaning ? $"{meaning} ({e.Message})" : e.Message;
    }

    private static string? Meaning(string said) => said switch
    {
        _ when Says(said, "frame size") =>
            "what came is no TLS, so the client most likely speaks in the clear: its security.protocol must be that of this listener",
        _ when Says(said, "unknown ca") || Says(said, "unknown authority") || Says(said, "certificate unknown") || Says(said, "bad certificate") =>
            "the client does not trust this broker's certificate, or dialled a name that is not in it: it must be given the broker's CA certificate, ca.pem",
        _ when Says(said, "unexpected EOF") =>
            "the client went away within the handshake; most likely it does not trust this broker's certificate, or it looked only whether the port is open",
        _ when Says(said, "protocol version") || Says(said, "unsupported protocol") || Says(said, "no shared cipher") =>
            "the client offers no version of TLS, or no cipher, that this listener takes: see ssl.enabled.protocols",
        _ => null,
    };

    private static bool Says(string text, string words) => text.Contains(words, StringComparison.OrdinalIgnoreCase);
}
