using System.Net.Sockets;
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
    private readonly CancellationTokenSource _closed = new();
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
        _replies = new ReplySender(transport, limits.RequestsInFlightMax);
    }

    public ConnectionState State { get; }

    /// <summary>Bytes received and sent: a number that stands still on an idle connection.</summary>
    public long Progress => _frames.BytesReceived + _replies.BytesSent;

    /// <summary>Whether the broker owes an answer that it is not sending yet: a connection that waits for the broker is not idle.</summary>
    public bool IsOwedAnswer => Volatile.Read(ref _framesRead) > _replies.Answered && !_replies.IsSending;

    /// <summary>Frames received so far.</summary>
    public long FramesRead => Volatile.Read(ref _framesRead);

    /// <summary>Whether others wait for memory while this client has not sent yet what it has memory for.</summary>
    public bool KeepsOthersWaiting => _frames.IsFillingReservation && _memory.IsAwaited;

    /// <summary>Serves the client until either side ends it, and says why it ended. Never throws.</summary>
    public async Task<ConnectionEndException> RunAsync()
    {
        var writing = WriteAsync();
        var end = await ReadAsync().ConfigureAwait(false);
        await _closed.CancelAsync().ConfigureAwait(false); // Long polls answer with what they have.
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
        Cancel();
        _transport.StopReceiving();
    }

    public void Dispose()
    {
        _transport.Dispose();
        _frames.Dispose();
        _replies.Dispose();
        _closed.Dispose();
    }

    private void Abort()
    {
        _transport.Abort();
        Cancel();
    }

    private void Cancel()
    {
        try { _closed.Cancel(); }
        catch (ObjectDisposedException) { /* It has ended by itself meanwhile. */ }
    }

    private async Task<ConnectionEndException> ReadAsync()
    {
        try
        {
            while (true)
            {
                if (State.IsAuthenticated) _frames.FrameBytesMax = _limits.RequestBytesMax;
                if (await _frames.NextAsync(_closed.Token).ConfigureAwait(false) is not { } frame) return ClosedByClient();
                Volatile.Write(ref _framesRead, _framesRead + 1);
                var (reply, order) = _dispatcher.Start(State, _heads, frame, _closed.Token);
                if (order == ApiOrder.Serial) reply = await FinishAsync(reply).ConfigureAwait(false);
                await _replies.EnqueueAsync(reply, _closed.Token).ConfigureAwait(false);
                if (order == ApiOrder.Serial && reply.Context.EndAfterReply is { } end) return end;
                var next = reply.Context.BeforeNextFrame;
                if (!next.IsCompletedSuccessfully) await next.WaitAsync(_closed.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            return Classify(e);
        }
    }

    private async ValueTask<Reply> FinishAsync(Reply reply)
    {
        if (reply.Answer.IsCompletedSuccessfully) return reply;
        // A parked request, such as a join, is let go when the connection ends from outside.
        var answer = await reply.Answer.AsTask().WaitAsync(_closed.Token).ConfigureAwait(false);
        return reply with { Answer = new ValueTask<IMessage?>(answer) };
    }

    /// <summary>Null when everything was sent. When the sending ends early the reading is ended too.</summary>
    private async Task<ConnectionEndException?> WriteAsync()
    {
        try
        {
            await _replies.RunAsync().ConfigureAwait(false);
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

    private static ConnectionEndException Classify(Exception e) => e switch
    {
        ConnectionEndException end => end,
        MalformedMessageException => new(ConnectionEnd.MalformedRequest, e.Message),
        SocketException or IOException or ObjectDisposedException => new(ConnectionEnd.TransportFailed, e.Message),
        OperationCanceledException => new(ConnectionEnd.TransportFailed, "it was ended while it waited"),
        _ => new(ConnectionEnd.HandlerFailed, $"{e.GetType().Name}: {e.Message}"),
    };
}
