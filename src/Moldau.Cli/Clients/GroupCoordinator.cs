using Confluent.Kafka;
using Moldau.Protocol.Wire;

namespace Moldau.Cli.Clients;

/// <summary>The broker that has a group, for what the client library cannot ask it.</summary>
internal sealed class GroupCoordinator(BrokerMetadata broker, Connection connection, CancellationToken stop)
{
    public int BrokerId => broker.BrokerId;

    public string Address => $"{broker.Host}:{broker.Port}";

    /// <summary>In the newest version that both know, if not above the given one.</summary>
    /// <exception cref="CommandFailure">It does not answer.</exception>
    public async Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, short most)
        where TRequest : IRequest<TRequest>
        where TResponse : IMessage<TResponse>
    {
        try
        {
            using var call = await BrokerCall.ConnectAsync(connection, broker.Host, broker.Port, stop).ConfigureAwait(false);
            short version = await call.NewestAsync<TRequest>(most).ConfigureAwait(false);
            return await call.AskAsync<TRequest, TResponse>(request, version).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new CommandFailure($"The broker {Address}, which has the group, did not answer: {e.Message.TrimEnd('.')}.", "Does it hang, or is it stopped? Try once more.");
        }
    }

    /// <exception cref="CommandFailure">It is a refusal.</exception>
    public void ThrowOnError(Protocol.ErrorCode code, string? message)
    {
        if (code != Protocol.ErrorCode.None)
        {
            throw Explanation.Of(message is null ? new Error((ErrorCode)code) : new Error((ErrorCode)code, message), connection);
        }
    }
}
