namespace Moldau.Broker.Net;

/// <summary>Why a connection ended. Each member is what the log line and the metric's tag say.</summary>
internal enum ConnectionEnd
{
    /// <summary>The client closed it, between two requests or within one.</summary>
    ClosedByClient,

    /// <summary>The network failed: a reset, an unreachable host.</summary>
    TransportFailed,

    /// <summary>A frame is announced with a negative size, or a larger one than is allowed.</summary>
    FrameSizeRefused,

    /// <summary>The bytes are no request of the API and version that they name.</summary>
    MalformedRequest,

    /// <summary>The API is unknown, or not served on this listener.</summary>
    UnknownApi,

    /// <summary>The API is served, but not at this version.</summary>
    UnsupportedVersion,

    /// <summary>Something else than a login came before the login.</summary>
    NotAuthenticated,

    /// <summary>A login was refused.</summary>
    AuthenticationFailed,

    /// <summary>Too many logins wait for their passwords to be checked.</summary>
    TooManyLogins,

    /// <summary>No login was finished within the time allowed.</summary>
    AuthenticationTimedOut,

    /// <summary>The session's lifetime is over and the client did not log in again.</summary>
    SessionExpired,

    /// <summary>The TLS handshake failed.</summary>
    TlsHandshakeFailed,

    /// <summary>Neither side sent anything for the idle time.</summary>
    Idle,

    /// <summary>The answer would be larger than clients take.</summary>
    AnswerTooLarge,

    /// <summary>Others waited for the memory of a large request that it sent, or a large answer that it took, too slowly.</summary>
    TooSlow,

    /// <summary>The broker has as many connections as it may.</summary>
    TooManyConnections,

    /// <summary>The client's address has as many connections as it may.</summary>
    TooManyFromAddress,

    /// <summary>A produce without acknowledgement failed; closing is the only way to say so.</summary>
    UnacknowledgedProduceFailed,

    /// <summary>A handler failed in a way that has no answer in the protocol.</summary>
    HandlerFailed,

    /// <summary>The broker stops.</summary>
    BrokerStopping,
}

/// <summary>Ends one connection and nothing else.</summary>
internal sealed class ConnectionEndException(ConnectionEnd end, string detail) : Exception(detail)
{
    public ConnectionEnd End => end;
}
