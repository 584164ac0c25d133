using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>
/// An admin client that has reached its cluster. A wrong password or certificate is told at once, not after a timeout, and a
/// broker that has just been started gets a moment to open its port.
/// </summary>
internal sealed class Cluster : IDisposable
{
    /// <summary>What a broker that is well answers within; the client library's own patience is a minute.</summary>
    private const int AnswerPatienceMs = 10_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PatienceWithRefusedConnections = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource<Error> _fault = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Connection _connection;
    private readonly CancellationToken _stop;
    private readonly IAdminClient _admin;
    private volatile Error? _lastTrouble;
    private ClusterMap _map = ClusterMap.Empty;

    private Cluster(Connection connection, CancellationToken stop)
    {
        (_connection, _stop) = (connection, stop);
        // The patience with a socket is also that with each request of an admin.
        var config = new AdminClientConfig(connection.ToConfig()) { SocketTimeoutMs = AnswerPatienceMs };
        _admin = new AdminClientBuilder(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, error) => Note(error)).Build();
    }

    /// <exception cref="CommandFailure">No broker answers, or it refuses the login.</exception>
    /// <exception cref="OperationCanceledException">Stopped before one has answered.</exception>
    public static async Task<Cluster> ReachAsync(Connection connection, CancellationToken stop)
    {
        connection.Validate();
        var cluster = new Cluster(connection, stop);
        try
        {
            await cluster.AnswerAsync().ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>The topics that this user may see, with their partitions.</summary>
    public IReadOnlyList<TopicMetadata> Topics => _map.Topics;

    public IReadOnlyList<BrokerMetadata> Brokers => _map.Brokers;

    /// <inheritdoc cref="ClusterMap.LeaderOf"/>
    public BrokerMetadata? LeaderOf(TopicPartition partition) => _map.LeaderOf(partition);

    /// <inheritdoc cref="ClusterMap.Partitions"/>
    public int Partitions(string topic) => _map.Partitions(topic);

    /// <summary>That a topic does not exist, with the one that was probably meant: then making it is no advice.</summary>
    public CommandFailure MissingTopic(string topic)
    {
        var missing = Explanation.Of(new Error(ErrorCode.UnknownTopicOrPart), _connection, topic);
        return NearestName.Of(topic, Topics.Select(t => t.Topic).Where(name => name != topic)) is { } near
            ? new CommandFailure(missing.Message, $"Is {near} meant? `moldau topic list` shows what there is.")
            : missing;
    }

    /// <summary>These partitions, and all others of their topics and of these, in order: a group may have no position in some of them.</summary>
    public IEnumerable<TopicPartition> WithSiblings(IReadOnlyCollection<TopicPartition> known, IEnumerable<string> topics) => known
        .Union(known.Select(partition => partition.Topic).Union(topics).SelectMany(
            topic => Enumerable.Range(0, Partitions(topic)), (topic, partition) => new TopicPartition(topic, partition)))
        .OrderBy(partition => partition.Topic, StringComparer.Ordinal)
        .ThenBy(partition => partition.Partition.Value);

    /// <summary>
    /// Asks, and says in this program's words that there is no answer, or that all of it is refused. What is refused a part of is left to the caller.
    /// </summary>
    /// <param name="question">As in: the broker did not say what the group is.</param>
    /// <param name="ask">How it is asked.</param>
    /// <exception cref="CommandFailure">No answer comes.</exception>
    /// <exception cref="OperationCanceledException">Stopped before one has come.</exception>
    public async Task<T> AskAsync<T>(string question, Func<IAdminClient, Task<T>> ask)
    {
        _stop.ThrowIfCancellationRequested();
        try
        {
            return await ask(_admin).WaitAsync(_stop).ConfigureAwait(false);
        }
        catch (KafkaException e) when (e.Error.Code != ErrorCode.Local_Partial)
        {
            throw Explain(question, e.Error);
        }
    }

    /// <inheritdoc cref="AskAsync{T}"/>
    public Task AskAsync(string question, Func<IAdminClient, Task> ask) => AskAsync(question, async admin =>
    {
        await ask(admin).ConfigureAwait(false);
        return true;
    });

    /// <summary>Asks for a change. It may come to be also where nobody waits for the answer any more.</summary>
    /// <exception cref="CommandFailure">No broker answers, or the wait for it was given up.</exception>
    /// <exception cref="OperationCanceledException">Stopped before it was asked for.</exception>
    public async Task ChangeAsync(Change change, Func<IAdminClient, Task> ask)
    {
        _stop.ThrowIfCancellationRequested();
        try
        {
            await ask(_admin).WaitAsync(_stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw change.GivenUp();
        }
        catch (KafkaException e) when (e.Error.Code != ErrorCode.Local_Partial)
        {
            throw Explain(change, e.Error);
        }
    }

    /// <summary>Asks for a change that the client library has no words for.</summary>
    /// <inheritdoc cref="ChangeAsync(Change, Func{IAdminClient, Task})"/>
    public async Task<T> ChangeAsync<T>(Change change, Func<Task<T>> ask)
    {
        T answer = default!;
        await ChangeAsync(change, async _ => answer = await ask().ConfigureAwait(false)).ConfigureAwait(false);
        return answer;
    }

    /// <summary>Why a question was refused, or that it was not answered. The cluster has been reached, so the address is right, and so is the login.</summary>
    public CommandFailure Explain(string question, Error error) => Explanation.Silence(error) is { } reason
        ? new CommandFailure(
            $"{Who} did not say {question}: {reason.TrimEnd('.')}.",
            "It was reached before. Does it hang, was it stopped meanwhile, or does the address that it gives to clients not lead to it from here? Try once more.")
        : Explanation.Of(error, _connection);

    /// <summary>Why a change was not made, or that it is not known whether it was.</summary>
    public CommandFailure Explain(Change change, Error error) => Explanation.Silence(error) is { } reason
        ? change.Unanswered(Who, reason)
        : Explanation.Of(error, _connection);

    public void Dispose() => _admin.Dispose();

    /// <summary>Whom the client library has asked, as far as that shows.</summary>
    private string Who => Brokers.Count == 1 ? $"The broker {BrokerAddresses.Of(Brokers[0])}" : $"A broker of the cluster at {_connection.Brokers}";

    private async Task AnswerAsync()
    {
        long startedMs = Environment.TickCount64;
        while (true)
        {
            _stop.ThrowIfCancellationRequested();
            try
            {
                // All topics, as asking for one by name would make a broker create it. In short steps, as a call cannot be broken off.
                var metadata = await Task.Run(() => _admin.GetMetadata(Step), _stop).ConfigureAwait(false);
                _map = new ClusterMap(metadata.Topics, metadata.Brokers);
                return;
            }
            catch (KafkaException e)
            {
                if (_fault.Task.IsCompleted)
                {
                    throw Explanation.Of(await _fault.Task.ConfigureAwait(false), _connection);
                }

                if (Environment.TickCount64 - startedMs > Patience.TotalMilliseconds)
                {
                    throw Explanation.Of(_lastTrouble ?? e.Error, _connection);
                }
            }
        }
    }

    private void Note(Error error)
    {
        switch (error.Code)
        {
            case ErrorCode.Local_Authentication or ErrorCode.Local_Ssl or ErrorCode.Local_Resolve:
                _fault.TrySetResult(error);
                break;
            case ErrorCode.Local_Transport when _lastTrouble is null:
                _lastTrouble = error;
                // Meanwhile another broker of the list may answer, or this one may open its port.
                _ = Task.Delay(PatienceWithRefusedConnections).ContinueWith(_ => _fault.TrySetResult(error), TaskScheduler.Default);
                break;
        }
    }
}
