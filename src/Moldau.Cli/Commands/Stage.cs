using System.Threading.Channels;
using Confluent.Kafka.Admin;
using Moldau.Broker;
using Moldau.Cli.Analyses;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands;

/// <summary>A message that has been delivered, and what the consumer made of it.</summary>
internal readonly record struct Scene(Delivery Delivery, Message Message, Finding? Finding);

/// <summary>A broker in memory, a producer and a consumer: all that an example needs, in one process.</summary>
internal sealed class Stage : IAsyncDisposable, IReaderReport
{
    private readonly KafkaBroker _broker;
    private readonly Channel<(Message Message, Finding Finding)> _found = Channel.CreateUnbounded<(Message, Finding)>();
    private readonly CancellationTokenSource _end = new();
    private readonly Action<string> _note;
    private Sender? _sender;
    private GroupReader? _reader;
    private Task _reading = Task.CompletedTask;
    private Delivery _last;

    private Stage(KafkaBroker broker, Action<string> note)
    {
        (_broker, _note) = (broker, note);
        Connection = new Connection(broker.BootstrapServers);
    }

    public Connection Connection { get; }

    public string Address => _broker.BootstrapServers;

    public static async Task<Stage> OpenAsync(Action<string> note, CancellationToken stop) =>
        new(await KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = 0 }, stop), note);

    /// <summary>Makes the example's topic, with one partition, and waits until the consumer listens.</summary>
    public async Task SetAsync(Example example, CancellationToken stop)
    {
        using (var cluster = await Cluster.ReachAsync(Connection, stop))
        {
            var topic = new TopicSpecification { Name = example.Topic, NumPartitions = 1, ReplicationFactor = 1 };
            await cluster.AskAsync("whether the example's topic is made", admin => admin.CreateTopicsAsync([topic]));
        }

        _sender = new Sender(Sender.Config(Connection), example.Topic, delivery => _last = delivery, new Trouble(_note, TimeProvider.System));
        _reader = new GroupReader(Connection, new Reading(example.Topic, $"play-{example.Topic}"), example.Analysis(), this);
        _reading = Task.Factory.StartNew(
            () => _reader.Run(_end.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await _reader.Ready.WaitAsync(stop);
    }

    /// <summary>Sends a text, and waits for its delivery and for what the consumer makes of it.</summary>
    public async Task<Scene> PlayAsync(InputLine line, CancellationToken stop)
    {
        var sender = _sender ?? throw new InvalidOperationException("no example is set");
        if (line.IsTooLong)
        {
            sender.Refuse(Input.TooLong);
        }
        else
        {
            sender.Send(line.Bytes);
        }

        sender.Flush();
        if (_last.Failure is not null)
        {
            return new Scene(_last, default, null);
        }

        var next = _found.Reader.ReadAsync(stop).AsTask();
        if (await Task.WhenAny(next, _reading) == _reading)
        {
            await _reading;
        }

        var (message, finding) = await next;
        return new Scene(_last, message, finding);
    }

    public void Found(in Message message, Finding finding) => _found.Writer.TryWrite((message, finding));

    public void Note(string text) => _note(text);

    public void Flush()
    {
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        try
        {
            await _reading;
        }
        catch (CommandFailure)
        {
            // Has been told by PlayAsync already, or does not matter any more.
        }

        _reader?.Dispose();
        _sender?.Dispose();
        _end.Dispose();
        await _broker.DisposeAsync();
    }
}
