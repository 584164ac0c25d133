#:package Confluent.Kafka@2.16.0
// Shows each message of a topic with its number of words, and an alert when there are more than six. Ctrl-C stops it.
//   dotnet run consumer1.cs
// From where: CLOUDKARAFKA_BROKERS, CLOUDKARAFKA_TOPIC and, for a broker that asks for them, CLOUDKARAFKA_USERNAME and _PASSWORD;
// CLOUDKARAFKA_CA is the path of the broker's CA certificate, when the system does not know it.
using Confluent.Kafka;

string Setting(string name, string otherwise = "") => Environment.GetEnvironmentVariable("CLOUDKARAFKA_" + name) is { Length: > 0 } value ? value : otherwise;

const int alertAbove = 6;
string topic = Setting("TOPIC", "lines").Split(',')[0].Trim();
var config = new ConsumerConfig
{
    BootstrapServers = Setting("BROKERS", "localhost:9092"),
    GroupId = "consumer1", // The broker remembers per group how far it has read.
    AutoOffsetReset = AutoOffsetReset.Earliest, // Where a group begins that has read nothing yet.
    EnableAutoOffsetStore = false, // A message counts as read when it has been shown, not when it has been fetched.
    AllowAutoCreateTopics = true, // The consumer may be started before its topic exists.
    SessionTimeoutMs = 6000, // So soon the group forgets a consumer that died without a word.
};
if (Setting("USERNAME") != "")
{
    config.SecurityProtocol = SecurityProtocol.SaslSsl;
    config.SaslMechanism = SaslMechanism.ScramSha256;
    config.SaslUsername = Setting("USERNAME");
    config.SaslPassword = Setting("PASSWORD");
    config.SslCaLocation = Setting("CA") is { Length: > 0 } ca ? ca : null;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

// Of a broker that is away the library tells with each attempt (Local_Transport), and once when none is left.
var last = ErrorCode.NoError;
void Tell(Error error)
{
    if (error.Code != last && error.Code != ErrorCode.Local_Transport)
    {
        string trouble = error.Code == ErrorCode.Local_AllBrokersDown ? "No broker to work with; trying again" : error.Reason;
        Console.Error.WriteLine($"% {trouble}");
    }

    last = error.Code;
}

using var consumer = new ConsumerBuilder<Ignore, string>(config)
    .SetLogHandler((_, _) => { })
    .SetErrorHandler((_, error) => Tell(error))
    .Build();
void Show(ConsumeResult<Ignore, string> message)
{
    string text = message.Message.Value ?? "";
    int words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length; // null: at any white space
    Console.WriteLine($"{text} ({words} words)");
    if (words > alertAbove)
    {
        Console.WriteLine($"ALERT: more than {alertAbove} words");
    }

    consumer.StoreOffset(message);
}

consumer.Subscribe(topic);
while (!stop.IsCancellationRequested)
{
    try
    {
        Show(consumer.Consume(stop.Token));
    }
    catch (ConsumeException e)
    {
        Console.Error.WriteLine($"% {e.Error.Reason}");
    }
    catch (KafkaException e)
    {
        Console.Error.WriteLine($"% {e.Error.Reason}"); // Not of a message: what has been shown could not be noted as read.
        Environment.ExitCode = 1;
        break;
    }
    catch (OperationCanceledException)
    {
        break;
    }
}

consumer.Close(); // Commits how far it has read and leaves the group, so that a restart goes on here.
