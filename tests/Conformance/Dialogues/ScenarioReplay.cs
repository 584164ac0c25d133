using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;

namespace Moldau.Conformance.Dialogues;

/// <summary>Replays one scenario against a broker and says where its answers first differ from Kafka's.</summary>
internal sealed class ScenarioReplay(Scenario scenario, IReadOnlyDictionary<string, IPEndPoint> listeners)
{
    private static readonly TimeSpan RepeatedAfter = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RawAnswerMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SilenceMin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RawSilenceMin = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, DialogueConnection> _connections = new(StringComparer.Ordinal);
    private readonly Placeholders _names = new();

    /// <summary>Null where the broker is not of this process: then the network decides which of two parked requests comes first.</summary>
    public RequestStarts? Starts { get; init; }

    /// <summary>How long a request is repeated whose answer may take a moment to fit.</summary>
    public TimeSpan RepeatedFor { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Null when every answer fits, else which step differs and how.</summary>
    public async Task<string?> RunAsync()
    {
        int ordinal = 0;
        try
        {
            foreach (var step in scenario.Steps)
            {
                ordinal++;
                if (await RunAsync(step) is { } difference) return $"step {ordinal} ({step}): {difference}";
            }
            return null;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or InvalidOperationException or System.Net.Sockets.SocketException
            or TimeoutException or FormatException or KeyNotFoundException or ArgumentException or IndexOutOfRangeException)
        {
            return $"step {ordinal} ({scenario.Steps[ordinal - 1]}): {e.GetType().Name}: {e.Message}";
        }
        finally
        {
            foreach (var connection in _connections.Values) connection.Dispose();
        }
    }

    private async Task<string?> RunAsync(ScenarioStep step)
    {
        switch (step.Kind)
        {
            case StepKind.Pause:
                await Task.Delay(step.Wait);
                return null;
            case StepKind.Close:
                if (_connections.Remove(step.Connection, out var closed)) closed.Dispose();
                return null;
        }
        var connection = await ConnectionAsync(step.Connection);
        var began = Stopwatch.StartNew();
        if (await UntilItFitsAsync(step, connection, began) is { } difference) return difference;
        double elapsed = began.Elapsed.TotalMilliseconds;
        return step.ElapsedMs is not { } bounds || (elapsed >= bounds.Min && elapsed <= bounds.Max)
            ? null
            : $"answered after {elapsed:F0} ms, not within {bounds.Min} to {bounds.Max} ms";
    }

    private async Task<string?> UntilItFitsAsync(ScenarioStep step, DialogueConnection connection, Stopwatch began)
    {
        while (true)
        {
            var trial = _names.Try();
            var actual = await AnswerAsync(step, connection);
            if (!IsChecked(step)) return null;
            string? difference = new AnswerMatcher(step.Connection, TimeProvider.System).Match(ServedApis.Expected(step.Response), actual, trial);
            if (difference is null)
            {
                _names.Accept(trial);
                return null;
            }
            bool isClosed = actual is JsonValue value && value.TryGetValue(out string? text) && text == DialogueConnection.Closed;
            if (!step.IsRepeatedUntilItFits || isClosed || began.Elapsed > RepeatedFor) return difference;
            await Task.Delay(RepeatedAfter);
        }
    }

    private static bool IsChecked(ScenarioStep step) => step.Kind == StepKind.Raw || step.Reply is ReplyKind.Expected or ReplyKind.Silence;

    private async Task<JsonNode?> AnswerAsync(ScenarioStep step, DialogueConnection connection)
    {
        if (step.Kind == StepKind.Await) return await connection.ReceiveAsync(step.AwaitMax);
        if (step.Kind == StepKind.Raw) return await RawAnswerAsync(step, connection);
        var request = _names.Fill(step.Request, step.Connection)!.AsObject();
        NoteClientFirst(step.Connection, request);
        var started = Starts is not null && connection.IsIdle ? Starts.NextAsync() : Task.CompletedTask;
        await connection.SendAsync(step, request);
        if (step.Reply == ReplyKind.Later) await started.WaitAsync(AnswerMax);
        return step.Reply is ReplyKind.None or ReplyKind.Later
            ? null
            : await connection.ReceiveAsync(step.Reply == ReplyKind.Silence ? SilenceMin : AnswerMax);
    }

    /// <summary>Null when nothing comes.</summary>
    private async Task<JsonNode?> RawAnswerAsync(ScenarioStep step, DialogueConnection connection)
    {
        string hex = _names.Fill(JsonValue.Create(step.Raw), step.Connection)!.GetValue<string>();
        await connection.SendRawAsync(Hex.Parse(hex), step.ClosesOutput);
        var answer = await connection.ReceiveRawAsync(step.Response is null ? RawSilenceMin : RawAnswerMax, step.DecodeAs);
        return answer is JsonValue value && value.TryGetValue(out string? text) && text == DialogueConnection.Timeout ? null : answer;
    }

    private void NoteClientFirst(string connection, JsonObject request)
    {
        if (request["authBytes"] is not JsonValue value || !value.TryGetValue(out string? text)) return;
        var exchange = _names.Scram.GetValueOrDefault(connection) ?? new ScramExchange();
        if (exchange.NoteClientFirst(Convert.FromBase64String(text))) _names.Scram[connection] = exchange;
    }

    private async Task<DialogueConnection> ConnectionAsync(string name)
    {
        if (_connections.TryGetValue(name, out var connection)) return connection;
        string listener = scenario.ListenerOf(name);
        if (!listeners.TryGetValue(listener, out var endpoint)) throw new InvalidOperationException($"The broker has no listener {listener}.");
        return _connections[name] = await DialogueConnection.OpenAsync(endpoint);
    }
}
