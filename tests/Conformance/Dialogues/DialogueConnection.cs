using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Moldau.TestKit.Schemas;

namespace Moldau.Conformance.Dialogues;

/// <summary>A client connection that speaks through the independent codec. What is no answer comes back as the text that the dialogues use for it.</summary>
internal sealed class DialogueConnection : IDisposable
{
    public const string Closed = "closed";
    public const string Timeout = "timeout";

    private const int FrameBytesMax = 200_000_000;

    private readonly Queue<(int CorrelationId, short Key, short Version)> _unanswered = [];
    private readonly Socket _socket;
    private readonly Func<byte[], JsonNode> _showRecords;
    private int _correlationId;

    private DialogueConnection(Socket socket, Func<byte[], JsonNode> showRecords) => (_socket, _showRecords) = (socket, showRecords);

    public static Task<DialogueConnection> OpenAsync(IPEndPoint endpoint) => OpenAsync(endpoint, RecordedBatches.Show);

    /// <summary>Opens a connection whose answers show record bytes in another form.</summary>
    public static async Task<DialogueConnection> OpenAsync(IPEndPoint endpoint, Func<byte[], JsonNode> showRecords)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint);
        return new DialogueConnection(socket, showRecords);
    }

    public Task SendAsync(ScenarioStep step, JsonObject request) =>
        SendAsync(step.Key!.Value, step.Version!.Value, request, step.ClientId, isAnswered: step.Reply != ReplyKind.None);

    /// <summary>Asks and waits for the answer.</summary>
    public async Task<JsonObject> AskAsync(short key, short version, JsonObject request)
    {
        await SendAsync(key, version, request, clientId: "dialogue", isAnswered: true);
        return await ReceiveAsync(TimeSpan.FromSeconds(30)) as JsonObject
            ?? throw new IOException($"The broker did not answer {MessageSchemas.Request(key).Name} version {version}.");
    }

    public async Task SendRawAsync(byte[] bytes, bool closesOutput)
    {
        await WriteAsync(bytes);
        if (closesOutput) _socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Whether all requests are answered, so that the broker begins with the next as it comes.</summary>
    public bool IsIdle => _unanswered.Count == 0;

    /// <summary>The answer of the oldest request that has none yet.</summary>
    public async Task<JsonNode> ReceiveAsync(TimeSpan within)
    {
        var (problem, frame) = await FrameAsync(within);
        if (problem is not null) return JsonValue.Create(problem);
        var (correlationId, key, version) = _unanswered.Dequeue();
        int found = BinaryPrimitives.ReadInt32BigEndian(frame);
        if (found != correlationId) throw new InvalidDataException($"The answer carries correlation id {found} instead of {correlationId}.");
        return Body(key, version, frame!);
    }

    /// <summary>The next frame, whatever asked for it: decoded, or as <c>hex:...</c>.</summary>
    public async Task<JsonNode> ReceiveRawAsync(TimeSpan within, (short Key, short Version)? decodeAs)
    {
        var (problem, frame) = await FrameAsync(within);
        if (problem is not null) return JsonValue.Create(problem);
        return decodeAs is { } api ? Body(api.Key, api.Version, frame!) : JsonValue.Create("hex:" + Convert.ToHexStringLower(frame!));
    }

    public void Dispose() => _socket.Dispose();

    private async Task SendAsync(short key, short version, JsonObject request, string? clientId, bool isAnswered)
    {
        var schema = MessageSchemas.Request(key);
        var frame = new MemoryStream();
        frame.Write(new byte[4]); // The frame's length, filled in at the end.
        byte[] head = new byte[10];
        BinaryPrimitives.WriteInt16BigEndian(head, key);
        BinaryPrimitives.WriteInt16BigEndian(head.AsSpan(2), version);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), ++_correlationId);
        byte[] client = clientId is null ? [] : Encoding.UTF8.GetBytes(clientId);
        BinaryPrimitives.WriteInt16BigEndian(head.AsSpan(8), clientId is null ? (short)-1 : (short)client.Length);
        frame.Write(head);
        frame.Write(client);
        if (schema.FlexibleVersions.Contains(version)) frame.WriteByte(0); // No tagged fields.
        frame.Write(JsonToWire.Encode(schema, version, request, Hex.Parse));
        byte[] bytes = frame.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length - 4);
        if (isAnswered) _unanswered.Enqueue((_correlationId, key, version));
        await WriteAsync(bytes);
    }

    private JsonObject Body(short key, short version, byte[] frame)
    {
        var schema = MessageSchemas.Response(key);
        // The header of an ApiVersions response is never flexible: the client cannot know the version that the broker understood.
        bool flexible = schema.FlexibleVersions.Contains(version) && key != 18;
        if (flexible && frame[4] != 0) throw new InvalidDataException("The response header carries tagged fields, and no version defines any.");
        return WireToJson.Decode(schema, version, frame[(flexible ? 5 : 4)..], _showRecords);
    }

    /// <summary>A broker that has closed the connection shows itself when the answer is read, so a failed write is no error here.</summary>
    private async Task WriteAsync(byte[] bytes)
    {
        try
        {
            for (int sent = 0; sent < bytes.Length;) sent += await _socket.SendAsync(bytes.AsMemory(sent));
        }
        catch (SocketException)
        {
        }
    }

    private async Task<(string? Problem, byte[]? Frame)> FrameAsync(TimeSpan within)
    {
        using var timeout = new CancellationTokenSource(within);
        try
        {
            if (await ExactlyAsync(4, timeout.Token) is not { } head) return Ended();
            int length = BinaryPrimitives.ReadInt32BigEndian(head);
            if (length is < 0 or > FrameBytesMax) return ("badframe:" + Convert.ToHexStringLower(head), null);
            return await ExactlyAsync(length, timeout.Token) is { } frame ? (null, frame) : Ended();
        }
        catch (OperationCanceledException)
        {
            return (Timeout, null);
        }
        catch (SocketException)
        {
            return Ended();
        }
    }

    private (string? Problem, byte[]? Frame) Ended()
    {
        _unanswered.Clear();
        return (Closed, null);
    }

    private async Task<byte[]?> ExactlyAsync(int count, CancellationToken cancellation)
    {
        byte[] bytes = new byte[count];
        for (int read = 0; read < count;)
        {
            int more = await _socket.ReceiveAsync(bytes.AsMemory(read), cancellation);
            if (more == 0) return null;
            read += more;
        }
        return bytes;
    }
}
