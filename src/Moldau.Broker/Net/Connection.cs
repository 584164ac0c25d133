using System.Net.Sockets;
using System.Threading.Channels;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Net;

/// <summary>
/// One client's connection: a read loop that starts requests in the order of their frames, and a write loop that answers in the same order.
/// Nothing that happens here reaches another connection.
/// </summary>
internal sealed class Connection : IDisposable
{
    private readonly ITransport _transport;
    private readonly Dispatcher _dispatcher;
    private readonly ConnectionLimits _limits;
    private readonly MemoryBudget _memory;
    private readonly FrameReader _frames;
    private readonly ReplySender _replies;
    private readonly RequestHeadReader _heads = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenSource _dead = new();
    private long _framesRead;
    private ConnectionEndException? _endedFromOutside;

    public Connection(ITransport transport, ConnectionState state, Dispatcher dispatcher, ConnectionLimits limits, MemoryBudget memory)
    {
        _transport = transport;
        _dispatcher = dispatcher;
        _limits = limits;
        _memory = memory;
        State = state;
        _frames = new FrameReader(transport, memory, limits.UnauthenticatedBytesMax);
        _replies = new ReplySender(transport, memory, limits.RequestsInFlightMax);
    }

    public ConnectionState State { get; }

    /// <summary>Bytes received and sent: a number that stands still on an idle connection.</summary>
    public long Progress => _frames.BytesReceived + _replies.BytesSent;

    /// <summary>Whether the broker owes an answer that it is not sending yet: a connection that waits for the broker is not idle.</summary>
    public bool IsOwedAnswer => Volatile.Read(ref _framesRead) > _replies.Answered && !IsSending;

    /// <summary>While this stays true and nothing more is sent, the client does not read.</summary>
    public bool IsSending => _replies.IsSending;

    /// <summary>Frames received so far.</summary>
    public long FramesRead => Volatile.Read(ref _framesRead);

    /// <summary>Whether the client has gone, or will send no more, while nobody receives: a request waits, and the next one with it.</summary>
    public bool IsLeft => !_frames.IsReceiving && _transport.HasPeerEnded;

    /// <summary>Whether others wait for memory while this client has not sent, or not taken, yet what it has memory for.</summary>
    public bool KeepsOthersWaiting => (_frames.IsFillingReservation || _replies.IsSendingMuch) && _memory.IsAwaited;

    /// <summary>Serves the client until either side ends it, and says why it ended. Never throws.</summary>
    public async Task<ConnectionEndException> RunAsync()
    {
        var writing = WriteAsync();
        var end = await ReadAsync().ConfigureAwait(false);
        await _ending.CancelAsync().ConfigureAwait(false); // Long polls answer with what they have.
        _replies.Complete();
        var writeEnd = await writing.ConfigureAwait(false);
        return _endedFromOutside ?? writeEnd ?? end;
    }

    /// <summary>Ends the connection from outside: by the idle check, or because the broker stops.</summary>
    public void End(ConnectionEnd end, string detail)
    {
        Interlocked.CompareExchange(ref _endedFromOutside, new ConnectionEndException(end, detail), null);
        Abort();
    }

    /// <summary>Reads no more, answers what is under way, and ends.</summary>
    public void Finish(ConnectionEnd end, string detail)
    {
        Interlocked.CompareExchange(ref _endedFromOutside, new ConnectionEndException(end, detail), null);
        Cancel(_ending);
        _transport.StopReceiving();
    }

    public void Dispose()
    {
        _transport.Dispose();
        _frames.Dispose();
        _replies.Dispose();
        _ending.Dispose();
        _dead.Dispose();
    }

    private void Abort()
    {
        _transport.Abort();
        Cancel(_ending);
        Cancel(_dead);
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try { source.Cancel(); }
        catch (ObjectDisposedException) { /* The connection has ended by itself meanwhile. */ }
    }

    private async Task<ConnectionEndException> ReadAsync()
    {
        try
        {
            while (true)
            {
                if (State.IsAuthenticated) _frames.FrameBytesMax = _limits.RequestBytesMax;
                if (await _frames.NextAsync(_ending.Token).ConfigureAwait(false) is not { } frame) return ClosedByClient();
                _ending.Token.ThrowIfCancellationRequested(); // What had arrived before the reading was stopped is not begun.
                Volatile.Write(ref _framesRead, _framesRead + 1);
                var (reply, order) = _dispatcher.Start(State, _heads, frame, _ending.Token);
                _frames.Drop();
                await _replies.EnqueueAsync(reply).ConfigureAwait(false); // From here on the reply is the sender's, whatever happens.
                if (order == ApiOrder.Serial)
                {
                    bool isSent = await _replies.SentAsync().WaitAsync(_ending.Token).ConfigureAwait(false);
                    if (!isSent) return SendingEnded();
                    if (reply.Context.EndAfterReply is { } end) return end;
                }
                await UntilEndingAsync(reply.Context.BeforeNextFrame).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            return Classify(e);
        }
    }

    private Task UntilEndingAsync(Task task) => task.IsCompletedSuccessfully ? task : task.WaitAsync(_ending.Token);

    /// <summary>Null when everything was sent. When the sending ends early the reading is ended too.</summary>
    private async Task<ConnectionEndException?> WriteAsync()
    {
        try
        {
            await _replies.RunAsync(_dead.Token).ConfigureAwait(false);
            return null;
        }
        catch (Exception e)
        {
            Abort();
            return Classify(e);
        }
        finally
        {
            await _replies.LetGoAsync().ConfigureAwait(false);
        }
    }

    private ConnectionEndException ClosedByClient() =>
        new(ConnectionEnd.ClosedByClient, _frames.IsBetweenFrames ? "the client closed it" : "the client closed it within a request");

    /// <summary>The writing has ended before, and says why itself.</summary>
    private static ConnectionEndException SendingEnded() => new(ConnectionEnd.TransportFailed, "nothing is sent any more");

    private static ConnectionEndException Classify(Exception e) => e switch
    {
        ConnectionEndException end => end,
        MalformedMessageException => new(ConnectionEnd.MalformedRequest, e.Message),
        SocketException or IOException or ObjectDisposedException or ChannelClosedException => new(ConnectionEnd.TransportFailed, e.Message),
        OperationCanceledException => new(ConnectionEnd.TransportFailed, "it was ended while it waited"),
        _ => new(ConnectionEnd.HandlerFailed, $"{e.GetType().Name}: {e.Message}"),
    };
}
