#:package Confluent.Kafka@2.16.0
// Shows the mean of the last three numbers of a topic; the first two are shown as they came. Ctrl-C stops it.
//   dotnet run consumer2.cs
// From where: CLOUDKARAFKA_BROKERS, CLOUDKARAFKA_TOPIC and, for a broker that asks for them, CLOUDKARAFKA_USERNAME and _PASSWORD;
// CLOUDKARAFKA_CA is the path of the broker's CA certificate, when the system does not know it.
using System.Globalization;
using System.Text.RegularExpressions;
using Confluent.Kafka;

string Setting(string name, string otherwise = "") => Environment.GetEnvironmentVariable("CLOUDKARAFKA_" + name) is { Length: > 0 } value ? value : otherwise;

const int size = 3;
var window = new Queue<double>();
string topic = Setting("TOPIC", "numbers").Split(',')[0].Trim();
var config = new ConsumerConfig
{
    BootstrapServers = Setting("BROKERS", "localhost:9092"),
    GroupId = "consumer2", // The broker remembers per group how far it has read.
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

// The window is kept nowhere: after a restart it is filled again from the messages just before, which are not shown a second time.
// (A hundred, not two, as some may be no numbers.) This counts on a topic of one partition, as several have no order among them.
var shownBefore = new Dictionary<Partition, long>();
IEnumerable<TopicPartitionOffset> GoOn(IConsumer<Ignore, string> consumer, List<TopicPartition> partitions)
{
    window.Clear();
    foreach (var committed in consumer.Committed(partitions, TimeSpan.FromSeconds(30)))
    {
        shownBefore[committed.Partition] = committed.Offset.Value; // Negative where the group has read nothing yet.
        long from = Math.Max(0, committed.Offset.Value - 100);
        yield return new(committed.TopicPartition, committed.Offset.Value < 0 ? Offset.Beginning : from);
    }
}

// A decimal number, as 12, -0.5 or 6e23.
double? NumberIn(string text)
{
    bool isDecimal = Regex.IsMatch(text, @"\A[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z");
    double number = isDecimal ? double.Parse(text, CultureInfo.InvariantCulture) : double.NaN;
    return double.IsFinite(number) ? number : null;
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

using var consumer = new ConsumerBuilder<Ignore, string>(config)
    .SetLogHandler((_, _) => { })
    .SetErrorHandler((_, error) => Tell(error))
    .SetPartitionsAssignedHandler(GoOn)
    .Build();
void Show(ConsumeResult<Ignore, string> message)
{
    string text = (message.Message.Value ?? "").Trim(' ', '\t', '\r', '\n');
    double? number = NumberIn(text);
    if (number is { } known)
    {
        window.Enqueue(known);
        if (window.Count > size)
        {
            window.Dequeue();
        }
    }

    if (message.Offset.Value < shownBefore[message.Partition])
    {
        return;
    }

    if (number is not null)
    {
        // Divided first, so that large numbers have a mean too; 15 digits, as the last ones are rounded.
        string mean = window.Sum(n => n / size).ToString("g15", CultureInfo.InvariantCulture);
        Console.WriteLine(window.Count < size ? text : mean);
    }
    else
    {
        Console.Error.WriteLine($"% No number at {message.Topic} [{message.Partition.Value}] @{message.Offset.Value}: {text}");
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
        Console.Error.WriteLine($"% {e.Error.Reason}"); // Not of a message: the broker did not say how far the group has read, for instance.
        Environment.ExitCode = 1;
        break;
    }
    catch (OperationCanceledException)
    {
        break;
    }
}

consumer.Close(); // Commits how far it has read and leaves the group, so that a restart goes on here.
