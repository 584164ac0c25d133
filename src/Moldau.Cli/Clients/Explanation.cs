using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>Turns the client library's errors into what happened and what to do.</summary>
internal static class Explanation
{
    public static CommandFailure Of(Error error, Connection connection, string? topic = null) => error.Code switch
    {
        ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed => new CommandFailure(
            $"The broker refused the login of {connection.UserName ?? "nobody (no user name given)"}: {Detail(error)}",
            "Check the user name and the password. On the broker's machine `moldau user list` shows the users and `moldau user add NAME` "
            + "sets a new password."),
        ErrorCode.Local_Ssl => new CommandFailure(
            $"No secure connection to {connection.Brokers}: {Detail(error)}",
            connection.CaPath is null
                ? "The broker's certificate is probably signed by its own CA: give that with --ca FILE or CLOUDKARAFKA_CA; `moldau up` prints it."
                : $"Is {connection.CaPath} the CA certificate of this broker, and is the port that of its SASL_SSL listener?"),
        ErrorCode.Local_Resolve => new CommandFailure(
            $"The host name in {connection.Brokers} is unknown: {Detail(error)}", "Check --brokers or CLOUDKARAFKA_BROKERS."),
        ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Transport or ErrorCode.Local_TimedOut => Unreachable(error, connection),
        ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition => new CommandFailure(
            $"The topic {topic} does not exist on {connection.Brokers}.",
            $"`moldau topic list` shows what there is, and `{AdvisedCommand.Of("topic create", topic ?? "TOPIC")}` makes it."),
        ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed
            => new CommandFailure(
            $"{connection.UserName ?? "An unnamed user"} may not do this: {Detail(error)}", "Ask whoever runs the broker for the right."),
        ErrorCode.TopicException => new CommandFailure($"The broker refused this for {topic}: {Detail(error)}", ""),
        ErrorCode.InvalidMsg when topic is not null => new CommandFailure(
            $"Something in {topic} is damaged on the broker's disk and cannot be read: {Detail(error)}",
            $"Bring the file that the broker's log names back from a copy, or go on after it: `moldau group reset GROUP {AdvisedCommand.Option("--topic", topic)} --to-offset N --execute`."),
        ErrorCode.MsgSizeTooLarge => new CommandFailure(
            "The broker takes no message as large as this one: max.message.bytes of the topic says how large one may be (1048588 by default).", ""),
        ErrorCode.InvalidRecord => new CommandFailure(
            $"The broker refused the message: {Detail(error)} A topic with cleanup.policy=compact takes only messages with a key, and this one has none.", ""),
        ErrorCode.Local_Application => new CommandFailure(Detail(error), ""),
        _ when error.IsBrokerError => new CommandFailure($"The broker refused this ({error.Code}): {Detail(error)}", ""),
        _ => new CommandFailure($"The client could not go on ({error.Code}): {Detail(error)}", ""),
    };

    /// <summary>What a broker has answered to a request that the client library did not make.</summary>
    public static Error ErrorOf(Protocol.ErrorCode code, string? message) =>
        string.IsNullOrEmpty(message) ? new Error((ErrorCode)code) : new Error((ErrorCode)code, message);

    /// <summary>The client library's reason, without what only its developers need.</summary>
    public static string Detail(Error error)
    {
        // A name stands in front and a time behind: "sasl_ssl://h:9094/bootstrap: Connect to ... failed (after 0ms in state CONNECT)".
        string cause = error.Reason.TrimEnd();
        int name = cause.IndexOf("/bootstrap: ", StringComparison.Ordinal);
        cause = name < 0 ? cause : cause[(name + "/bootstrap: ".Length)..];
        int time = cause.IndexOf(" (after ", StringComparison.Ordinal);
        cause = time < 0 ? cause : cause[..time];
        return cause.EndsWith('.') || cause.EndsWith('?') ? cause : cause + ".";
    }

    /// <summary>Why there is no answer; null where there is one, be it a refusal.</summary>
    public static string? Silence(Error error) => error.Code switch
    {
        ErrorCode.RequestTimedOut => "it could not finish in time",
        ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Transport or ErrorCode.Local_TimedOut => IsSilence(error) ? "no answer came in time" : Detail(error),
        _ => null,
    };

    private static CommandFailure Unreachable(Error error, Connection connection)
    {
        if (IsSilence(error))
        {
            return new CommandFailure(
                $"No broker answers at {connection.Brokers}: nothing refused the connection, but no answer came in time.",
                "Does the broker hang, or is it stopped or still starting? A firewall is as silent"
                + (connection.UserName is null ? ", and so is a port that speaks TLS: one that asks for a login needs --username." : "."));
        }

        string remedy = connection.UserName is null
            ? "Is a broker running there? `moldau up` starts one on localhost:9092. A port that asks for a login needs --username."
            : "Is a broker running there, and is this the port of its SASL_SSL listener (9094 with `moldau up`)?";
        return new CommandFailure($"No broker answers at {connection.Brokers}: {Detail(error)}", remedy);
    }

    /// <summary>The client library has no cause then, only its name for the error.</summary>
    private static bool IsSilence(Error error) =>
        error.Code == ErrorCode.Local_TimedOut || error.Reason.StartsWith("Local: ", StringComparison.Ordinal) || error.Reason.Contains("timed out", StringComparison.OrdinalIgnoreCase);
}
