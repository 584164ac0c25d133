using Confluent.Kafka;
using Moldau.Protocol.Wire;

namespace Moldau.Cli.Clients;

/// <summary>The broker that has a group, for what the client library cannot ask it.</summary>
internal sealed class GroupCoordinator(BrokerMetadata broker, Connection connection, CancellationToken stop)
{
    public int BrokerId => broker.BrokerId;

    public string Address => BrokerAddresses.Of(broker);

    /// <summary>In the newest version that both know, if not above the given one.</summary>
    /// <exception cref="CommandFailure">It does not answer.</exception>
    public Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, short most)
        where TRequest : IRequest<TRequest>
        where TResponse : IMessage<TResponse> => SendAsync<TRequest, TResponse>(request, most, Unanswered);

    /// <summary>Asks for a change, of which it is not known whether it was made where no answer comes.</summary>
    /// <inheritdoc cref="AskAsync{TRequest, TResponse}"/>
    public Task<TResponse> ChangeAsync<TRequest, TResponse>(Change change, TRequest request, short most)
        where TRequest : IRequest<TRequest>
        where TResponse : IMessage<TResponse> => SendAsync<TRequest, TResponse>(request, most, reason => change.Unanswered(Who, reason));

    /// <inheritdoc cref="CoordinatorStart.AwaitAsync"/>
    public Task<T> WhenStartedAsync<T>(Func<Task<T>> ask, Func<T, Protocol.ErrorCode> refusal) => CoordinatorStart.AwaitAsync(ask, refusal, stop);

    /// <exception cref="CommandFailure">It is a refusal.</exception>
    public void ThrowOnError(Protocol.ErrorCode code, string? message)
    {
        if (code != Protocol.ErrorCode.None)
        {
            throw Explanation.Of(Explanation.ErrorOf(code, message), connection);
        }
    }

    private string Who => $"The broker {Address}, which has the group,";

    private CommandFailure Unanswered(string reason) => new($"{Who} did not answer: {reason.TrimEnd('.')}.", "Does it hang, or is it stopped? Try once more.");

    private async Task<TResponse> SendAsync<TRequest, TResponse>(TRequest request, short most, Func<string, CommandFailure> lost)
        where TRequest : IRequest<TRequest>
        where TResponse : IMessage<TResponse>
    {
        try
        {
            using var call = await BrokerCall.ConnectAsync(connection, broker, stop).ConfigureAwait(false);
            short version = await call.NewestAsync<TRequest>(most).ConfigureAwait(false);
            return await AnswerAsync<TRequest, TResponse>(call, request, version, lost).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            // It has not come to the request.
            throw Unanswered(e.Message);
        }
    }

    private static async Task<TResponse> AnswerAsync<TRequest, TResponse>(BrokerCall call, TRequest request, short version, Func<string, CommandFailure> lost)
        where TRequest : IRequest<TRequest>
        where TResponse : IMessage<TResponse>
    {
        try
        {
            return await call.AskAsync<TRequest, TResponse>(request, version).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw lost(e.Message);
        }
    }
}
