using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>
/// An admin client that has reached its cluster. A wrong password or certificate is told at once, not after a timeout, and a
/// broker that has just been started gets a moment to open its port.
/// </summary>
internal sealed class Cluster : IDisposable
{
    /// <summary>What a broker that is well answers within; the client library's own patience is a minute.</summary>
    public static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PatienceWithRefusedConnections = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource<Error> _fault = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Connection _connection;
    private volatile Error? _lastTrouble;

    private Cluster(Connection connection)
    {
        _connection = connection;
        Admin = new AdminClientBuilder(new AdminClientConfig(connection.ToConfig()))
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, error) => Note(error))
            .Build();
    }

    public IAdminClient Admin { get; }

    /// <exception cref="CommandFailure">No broker answers, or it refuses the login.</exception>
    public static async Task<Cluster> ReachAsync(Connection connection, CancellationToken stop)
    {
        connection.Validate();
        var cluster = new Cluster(connection);
        try
        {
            await cluster.AnswerAsync(stop).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>The topics that this user may see, with their partitions.</summary>
    public IReadOnlyList<TopicMetadata> Topics { get; private set; } = [];

    public IReadOnlyList<BrokerMetadata> Brokers { get; private set; } = [];

    /// <summary>The broker that leads the partition; null where none does.</summary>
    public BrokerMetadata? LeaderOf(TopicPartition partition) =>
        Topics.FirstOrDefault(t => t.Topic == partition.Topic)?.Partitions.FirstOrDefault(p => p.PartitionId == partition.Partition.Value)?.Leader is { } leader
            ? Brokers.FirstOrDefault(broker => broker.BrokerId == leader)
            : null;

    /// <summary>The number of partitions; 0 where the topic does not exist.</summary>
    public int Partitions(string topic) => Topics.FirstOrDefault(t => t.Topic == topic)?.Partitions.Count ?? 0;

    /// <summary>Asks, and says in this program's words that no broker answers.</summary>
    /// <exception cref="CommandFailure">None does.</exception>
    public async Task<T> AskAsync<T>(Func<IAdminClient, Task<T>> ask)
    {
        try
        {
            return await ask(Admin).ConfigureAwait(false);
        }
        catch (KafkaException e) when (e.Error.Code is ErrorCode.Local_TimedOut or ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown)
        {
            throw Explanation.Of(e.Error, _connection);
        }
    }

    /// <exception cref="CommandFailure">No broker answers.</exception>
    public Task AskAsync(Func<IAdminClient, Task> ask) => AskAsync(async admin =>
    {
        await ask(admin).ConfigureAwait(false);
        return true;
    });

    public void Dispose() => Admin.Dispose();

    private async Task AnswerAsync(CancellationToken stop)
    {
        long startedMs = Environment.TickCount64;
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                // All topics, as asking for one by name would make a broker create it. In short steps, as a call cannot be broken off.
                var metadata = await Task.Run(() => Admin.GetMetadata(Step), stop).ConfigureAwait(false);
                (Topics, Brokers) = (metadata.Topics, metadata.Brokers);
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
