using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Cli.Tests.Clients;

/// <summary>Stands between clients and a broker, which they take it for, and lets it hang in some requests or have a companion.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly (string Host, int Port) _broker;
    private readonly Task _accepting;

    public Relay(TestBroker broker)
    {
        string[] address = broker.Address.Split(':');
        _broker = (address[0], int.Parse(address[1]));
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Requests that are never answered.</summary>
    public IReadOnlyCollection<ApiKey> Unanswered { get; init; } = [];

    /// <summary>Called at each of them.</summary>
    public Action Withholds { get; init; } = () => { };

    /// <summary>Requests that the broker gets, and whose answers are lost.</summary>
    public IReadOnlyCollection<ApiKey> Lost { get; init; } = [];

    /// <summary>What the broker says of transactions that it is asked to describe, as one whose part of them is just moving.</summary>
    public Protocol.ErrorCode Describes { get; init; }

    /// <summary>Done to what the broker says of the start offsets that it was asked to set.</summary>
    public Action<AlterShareGroupOffsetsResponse> Alters { get; init; } = _ => { };

    /// <summary>Done to what the broker says of the start offsets that there are.</summary>
    public Action<DescribeShareGroupOffsetsResponse> Starts { get; init; } = _ => { };

    /// <summary>Done to what the broker says of who is to have a group or a transactional id.</summary>
    public Action<FindCoordinatorResponse> Finds { get; init; } = _ => { };

    /// <summary>Done to what the broker says of offsets that it was asked to commit.</summary>
    public Action<OffsetCommitResponse> Commits { get; init; } = _ => { };

    /// <summary>Which answers are said to be larger than a client reads.</summary>
    public Predicate<DescribeProducersResponse> IsTooLarge { get; init; } = _ => false;

    /// <summary>Awaited before a request is passed on.</summary>
    public Func<ApiKey, Task> Before { get; init; } = _ => Task.CompletedTask;

    /// <summary>The port, on this machine, of a second broker that the cluster is said to have.</summary>
    public int? CompanionPort { get; init; }

    public string Address => $"127.0.0.1:{Port}";

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ServeAsync(TcpClient accepted)
    {
        using var client = accepted;
        using var broker = new TcpClient();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        await broker.ConnectAsync(_broker.Host, _broker.Port);
        var asked = new ConcurrentQueue<(ApiKey Key, short Version)>();
        Task[] both = [ForwardAsync(client, broker, frame => AskedAsync(frame, asked), over.Token), ForwardAsync(broker, client, frame => Task.FromResult(Answered(frame, asked)), over.Token)];
        await Task.WhenAny(both);
        await over.CancelAsync();
        await Task.WhenAll(both);
    }

    private static async Task ForwardAsync(TcpClient from, TcpClient to, Func<byte[], Task<byte[]?>> pass, CancellationToken stop)
    {
        byte[] size = new byte[sizeof(int)];
        try
        {
            while (true)
            {
                await from.GetStream().ReadExactlyAsync(size, stop);
                byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
                await from.GetStream().ReadExactlyAsync(frame, stop);
                if (await pass(frame) is { } passed)
                {
                    BinaryPrimitives.WriteInt32BigEndian(size, passed.Length == 0 ? int.MaxValue : passed.Length);
                    await to.GetStream().WriteAsync(size, stop);
                    await to.GetStream().WriteAsync(passed, stop);
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Either side has gone, or the test is over.
        }
    }

    private async Task<byte[]?> AskedAsync(byte[] frame, ConcurrentQueue<(ApiKey Key, short Version)> asked)
    {
        var key = (ApiKey)BinaryPrimitives.ReadInt16BigEndian(frame);
        if (Unanswered.Contains(key))
        {
            Withholds();
            return null;
        }

        await Before(key);
        asked.Enqueue((key, BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(sizeof(short)))));
        return frame;
    }

    private byte[]? Answered(byte[] frame, ConcurrentQueue<(ApiKey Key, short Version)> asked) => asked.TryDequeue(out var request)
        ? request.Key switch
        {
            var key when Lost.Contains(key) => null,
            ApiKey.Metadata => Changed<MetadataResponse>(frame, request.Version, Rename),
            ApiKey.FindCoordinator => Changed<FindCoordinatorResponse>(frame, request.Version, answer =>
            {
                Rename(answer);
                Finds(answer);
            }),
            ApiKey.DescribeShareGroupOffsets => Changed(frame, request.Version, Starts),
            ApiKey.DescribeTransactions when Describes != Protocol.ErrorCode.None => Changed<DescribeTransactionsResponse>(frame, request.Version, Refuse),
            ApiKey.OffsetCommit => Changed(frame, request.Version, Commits),
            ApiKey.AlterShareGroupOffsets => Changed(frame, request.Version, Alters),
            ApiKey.DescribeProducers when IsTooLarge(Read<DescribeProducersResponse>(frame, request.Version)) => [],
            _ => frame,
        }
        : frame;

    private void Rename(MetadataResponse answer)
    {
        answer.Brokers.ForEach(broker => (broker.Host, broker.Port) = ("127.0.0.1", Port));
        if (CompanionPort is { } port)
        {
            answer.Brokers.Add(new() { NodeId = answer.Brokers[0].NodeId + 1, Host = "127.0.0.1", Port = port });
        }
    }

    private void Refuse(DescribeTransactionsResponse answer) =>
        answer.TransactionStates.ForEach(state => (state.ErrorCode, state.TransactionStateValue, state.Topics) = (Describes, "", []));

    private void Rename(FindCoordinatorResponse answer)
    {
        (answer.Host, answer.Port) = ("127.0.0.1", Port);
        answer.Coordinators.ForEach(broker => (broker.Host, broker.Port) = ("127.0.0.1", Port));
    }

    private static byte[] Changed<T>(byte[] frame, short version, Action<T> change) where T : IMessage<T>
    {
        var answer = Read<T>(frame, version);
        change(answer);
        using var writer = new WireWriter();
        answer.Write(writer, version);
        var segments = new List<ReadOnlyMemory<byte>>();
        writer.AppendSegments(segments);
        return [.. frame.AsSpan(0, HeaderOf<T>(version)), .. segments.SelectMany(segment => segment.ToArray())];
    }

    private static T Read<T>(byte[] frame, short version) where T : IMessage<T>
    {
        var reader = new WireReader(frame.AsMemory(HeaderOf<T>(version)));
        return T.Read(ref reader, version);
    }

    /// <summary>The correlation id, and in flexible versions the number of tagged fields, of which there are none.</summary>
    private static int HeaderOf<T>(short version) where T : IMessage<T> => sizeof(int) + (T.IsFlexible(version) ? 1 : 0);
}
