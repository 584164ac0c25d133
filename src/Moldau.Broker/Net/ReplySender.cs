using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Net;

/// <summary>
/// The write loop of a connection: takes replies in request order, waits for each, and sends what has gathered in one piece.
/// </summary>
internal sealed class ReplySender(ITransport transport, MemoryBudget memory, int repliesMax) : IDisposable
{
    // Gathering stops here: a reply that is ready should not wait for many others to be encoded.
    private const int GatheredBytesMax = 256 * 1024;
    private const int KeptWriterBytes = 64 * 1024;
    private const long NothingMore = long.MaxValue;

    /// <summary>Bytes of one answer, besides record batches: more than this librdkafka does not take.</summary>
    public const int AnswerBytesMax = 100_000_000;

    private readonly Channel<Reply> _replies = Channel.CreateBounded<Reply>(new BoundedChannelOptions(repliesMax)
    {
        SingleReader = true,
        SingleWriter = true,
        FullMode = BoundedChannelFullMode.Wait,
    });

    private readonly WireWriter _writer = new(1024);
    private readonly List<ReadOnlyMemory<byte>> _segments = [];
    private readonly List<RequestContext> _gathered = [];
    private Reply? _unfinished;
    private TaskCompletionSource<bool>? _whenSent;
    private long _taken;
    private long _enqueued;
    private long _sent;
    private long _bytesSent;
    private long _answered;
    private volatile bool _isSending;
    private volatile bool _isSendingMuch;

    /// <summary>Bytes sent so far.</summary>
    public long BytesSent => Volatile.Read(ref _bytesSent);

    /// <summary>Requests that were answered, or needed no answer.</summary>
    public long Answered => Volatile.Read(ref _answered);

    /// <summary>While this stays true and nothing more is sent, the client does not read.</summary>
    public bool IsSending => _isSending;

    /// <summary>While this stays true the client keeps memory that others may wait for.</summary>
    public bool IsSendingMuch => _isSendingMuch;

    /// <summary>
    /// Takes a slot; waits while all are taken, which is what stops the reading. From the call on the reply is the sender's: whether it is
    /// sent, fails, or comes too late, what it holds is let go once, and not before its handler has ended.
    /// </summary>
    /// <exception cref="ChannelClosedException">Nothing is sent any more.</exception>
    public async ValueTask EnqueueAsync(Reply reply)
    {
        Volatile.Write(ref _enqueued, _enqueued + 1);
        try
        {
            await _replies.Writer.WriteAsync(reply).ConfigureAwait(false);
        }
        catch
        {
            await LetGoAsync(reply).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>True when all that took a slot is sent; false when nothing is sent any more.</summary>
    public Task<bool> SentAsync()
    {
        long sent = Volatile.Read(ref _sent);
        if (sent >= _enqueued) return Task.FromResult(sent != NothingMore);
        var whenSent = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _whenSent, whenSent);
        sent = Interlocked.Read(ref _sent);
        if (sent >= _enqueued) whenSent.TrySetResult(sent != NothingMore); // It came to its end just before.
        return whenSent.Task;
    }

    /// <summary>No more replies will come; those that are there are still sent.</summary>
    public void Complete() => _replies.Writer.TryComplete();

    /// <summary>
    /// Runs until <see cref="Complete"/> and everything is sent; until a reply says that it is the last; or until the sending fails.
    /// <see cref="LetGoAsync()"/> must follow.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (await _replies.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                while (_replies.Reader.TryRead(out var reply)) await GatherAsync(reply, cancellation).ConfigureAwait(false);
                await FlushAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            ReleaseGathered();
            _replies.Writer.TryComplete();
            SayHowMuchIsSent(NothingMore);
        }
    }

    /// <summary>
    /// Waits for the requests that will not be answered any more: their handlers still fill pooled bytes, which only then may be let go.
    /// Long polls must have been told before that the connection is closed.
    /// </summary>
    public async ValueTask LetGoAsync()
    {
        if (_unfinished is { } unfinished) await LetGoAsync(unfinished).ConfigureAwait(false);
        _unfinished = null;
        while (_replies.Reader.TryRead(out var reply)) await LetGoAsync(reply).ConfigureAwait(false);
    }

    public void Dispose() => _writer.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask GatherAsync(Reply reply, CancellationToken cancellation)
    {
        // A request that has failed ends the connection: the answers before it go first.
        if (_writer.Length > 0 && (!reply.Answer.IsCompletedSuccessfully || memory.IsOverdrawn)) await FlushBeforeAsync(reply).ConfigureAwait(false);
        IMessage? message;
        try { message = await reply.Answer.ConfigureAwait(false); }
        finally { _gathered.Add(reply.Context); }
        if (message is not null) await EncodeAsync(reply.Context, message, cancellation).ConfigureAwait(false);
        Volatile.Write(ref _answered, _answered + 1);
        if (reply.Context.EndAfterReply is { } end)
        {
            await FlushAsync().ConfigureAwait(false);
            throw end;
        }
        if (_writer.Length > GatheredBytesMax) await FlushAsync().ConfigureAwait(false);
    }

    private async ValueTask FlushBeforeAsync(Reply reply)
    {
        _unfinished = reply;
        await FlushAsync().ConfigureAwait(false);
        _unfinished = null;
    }

    /// <summary>Where memory is short a large answer waits for its turn; a small one, such as a heartbeat's, does not.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask EncodeAsync(RequestContext context, IMessage message, CancellationToken cancellation)
    {
        bool isShort = _writer.Length == 0 && memory.IsOverdrawn;
        if (!TryEncode(context, message, isShort ? KeptWriterBytes : AnswerBytesMax))
        {
            if (!isShort) throw TooLarge(context);
            _writer.Reset(KeptWriterBytes);
            await memory.BalancedAsync(cancellation).ConfigureAwait(false);
            if (!TryEncode(context, message, AnswerBytesMax)) throw TooLarge(context);
        }
        // Borrowed bytes were reserved by whoever read them.
        long more = _writer.Position - KeptWriterBytes - _taken;
        if (more <= 0) return;
        memory.Take(more);
        _taken += more;
    }

    private bool TryEncode(RequestContext context, IMessage message, int bytesMax)
    {
        _writer.WrittenMax = _writer.Position + bytesMax;
        try
        {
            Encode(context, message);
            return true;
        }
        catch (WriterFullException)
        {
            return false;
        }
    }

    // | size 4 | correlation id 4 | tagged fields, in flexible versions: none | body |
    private void Encode(RequestContext context, IMessage message)
    {
        int lengthAt = _writer.Position;
        int before = _writer.Length;
        _writer.WriteInt32(0);
        if (context.ResponseHeader != ResponseHeaderForm.None) _writer.WriteInt32(context.CorrelationId);
        if (context.ResponseHeader == ResponseHeaderForm.Tagged) _writer.WriteUnsignedVarint(0);
        message.Write(_writer, context.Version);
        _writer.PatchInt32(lengthAt, _writer.Length - before - sizeof(int));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FlushAsync()
    {
        if (_writer.Length > 0)
        {
            _writer.AppendSegments(_segments);
            _isSendingMuch = _writer.Length > ConnectionLimits.UnreservedBytes;
            _isSending = true;
            await transport.SendAsync(_segments).ConfigureAwait(false);
            _isSending = _isSendingMuch = false;
            Volatile.Write(ref _bytesSent, _bytesSent + _writer.Length);
            _segments.Clear();
            _writer.Reset(KeptWriterBytes);
        }
        ReleaseGathered();
        SayHowMuchIsSent(_answered);
    }

    private void SayHowMuchIsSent(long answers)
    {
        Interlocked.Exchange(ref _sent, answers);
        if (answers >= Volatile.Read(ref _enqueued)) Volatile.Read(ref _whenSent)?.TrySetResult(answers != NothingMore);
    }

    private void ReleaseGathered()
    {
        foreach (var context in _gathered) context.ReleaseHeld();
        _gathered.Clear();
        if (_taken > 0) memory.Release(_taken);
        _taken = 0;
    }

    private static ConnectionEndException TooLarge(RequestContext context) =>
        new(ConnectionEnd.AnswerTooLarge, $"the answer to {context.Api} would be larger than {AnswerBytesMax} bytes; it should ask for less at once");

    private static async ValueTask LetGoAsync(Reply reply)
    {
        try { await reply.Answer.ConfigureAwait(false); }
        catch (Exception) { /* Nobody is left to be told; the endpoint has logged it. */ }
        finally { reply.Context.ReleaseHeld(); }
    }
}
