namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// What there is to say of a request that comes late: its client has given it up, or sent it again over another connection, and has gone on since.
/// </summary>
internal sealed record LateArrival<TResponse> where TResponse : class
{
    public static readonly LateArrival<TResponse> Unnoticed = new();

    /// <summary>False: nobody could tell it from what the client says now.</summary>
    public Func<bool> MayCome { get; init; } = static () => true;

    public Action Coming { get; init; } = static () => { };

    /// <summary>With the answer, which its client does not see; null where there is none. Not for what may be parked.</summary>
    public Action<TResponse?> Came { get; init; } = static _ => { };
}
