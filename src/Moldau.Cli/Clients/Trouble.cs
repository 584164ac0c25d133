using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>Tells of troubles with the connection once, not with each attempt.</summary>
internal sealed class Trouble(Action<string> tell)
{
    private ErrorCode _last = ErrorCode.NoError;

    public void Tell(Error error)
    {
        if (error.Code == _last || error.Code == ErrorCode.Local_AllBrokersDown)
        {
            return;
        }

        _last = error.Code;
        tell(error.Code == ErrorCode.Local_Transport
            ? $"A broker does not answer: {Explanation.Detail(error)} Trying again."
            : Explanation.Detail(error));
    }
}
