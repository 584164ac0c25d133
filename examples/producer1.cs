#:package Confluent.Kafka@2.16.0
// Sends each line that you enter to a topic, as one message. Ctrl-C or the end of the input stops it.
//   dotnet run producer1.cs
// Where to: CLOUDKARAFKA_BROKERS, CLOUDKARAFKA_TOPIC and, for a broker that asks for them, CLOUDKARAFKA_USERNAME and _PASSWORD;
// CLOUDKARAFKA_CA is the path of the broker's CA certificate, when the system does not know it.
using Confluent.Kafka;

string Setting(string name, string otherwise = "") => Environment.GetEnvironmentVariable("CLOUDKARAFKA_" + name) is { Length: > 0 } value ? value : otherwise;

string topic = Setting("TOPIC", "lines").Split(',')[0].Trim();
var config = new ProducerConfig
{
    BootstrapServers = Setting("BROKERS", "localhost:9092"),
    EnableIdempotence = true, // Each line once and in order, also when a connection breaks; includes acks=all.
};
if (Setting("USERNAME") != "")
{
    config.SecurityProtocol = SecurityProtocol.SaslSsl;
    config.SaslMechanism = SaslMechanism.ScramSha256;
    config.SaslUsername = Setting("USERNAME");
    config.SaslPassword = Setting("PASSWORD");
    config.SslCaLocation = Setting("CA") is { Length: > 0 } ca ? ca : null;
}

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

int underWay = 0, failed = 0;
using var producer = new ProducerBuilder<Null, string>(config)
    .SetLogHandler((_, _) => { })
    .SetErrorHandler((_, error) => Tell(error))
    .Build();

void Settle(Error error, string outcome)
{
    if (error.IsError)
    {
        Interlocked.Increment(ref failed);
    }

    Interlocked.Decrement(ref underWay);
    Console.Error.WriteLine(error.IsError ? $"% Message failed delivery: {error.Reason}" : outcome);
}

void Delivered(DeliveryReport<Null, string> report) =>
    Settle(report.Error, $"% Message delivered to {report.Topic} [{report.Partition.Value}] at offset {report.Offset.Value}");

void Send(string line)
{
    Interlocked.Increment(ref underWay);
    while (true)
    {
        try
        {
            producer.Produce(topic, new Message<Null, string> { Value = line }, Delivered);
            return;
        }
        catch (ProduceException<Null, string> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
        {
            producer.Flush(TimeSpan.FromMilliseconds(100)); // Too much is under way: wait for deliveries, lose nothing.
        }
        catch (ProduceException<Null, string> e)
        {
            Settle(e.Error, ""); // Refused before it was sent, such as a line above a megabyte. The next one may do.
            return;
        }
    }
}

using var ended = new ManualResetEventSlim();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = !ended.IsSet; // The first Ctrl-C ends the input, the next one the program.
    if (ended.IsSet)
    {
        Console.Error.WriteLine($"% Gave up {underWay} messages");
    }

    ended.Set();
};

// In a thread of its own, as nothing breaks off the wait for a line.
void Read()
{
    while (Console.ReadLine() is { } line && !ended.IsSet)
    {
        Send(line);
    }

    ended.Set();
}

Console.Error.WriteLine("Enter text, one message a line; Ctrl-C stops:");
new Thread(Read) { IsBackground = true }.Start();
ended.Wait();
Console.Error.WriteLine($"% Waiting for {underWay} deliveries; Ctrl-C gives them up");
while (Volatile.Read(ref underWay) > 0) // Counts also a line that still waits in Send.
{
    producer.Flush(TimeSpan.FromMilliseconds(100));
}

return failed == 0 ? 0 : 1;
