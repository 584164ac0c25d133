using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using Moldau.Conformance.Clients;

namespace Moldau.Conformance.Kills;

/// <summary>Kills <c>moldau consume</c> with kill -9 in the middle of its work; its successor in the group goes on from what was committed.</summary>
public sealed class ConsumerKillTests(ClientBroker broker, ITestOutputHelper output)
{
    private const int NumbersBetweenKills = 1_000;
    private const int Seed = 7;

    // Each costs the session timeout of the member that was killed.
    private const int Kills = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task After_kills_of_the_consumer_no_number_is_missed_and_no_mean_is_wrong()
    {
        string topic = await broker.CreateTopicAsync("means");
        var random = new Random(Seed);
        var numbers = new List<int>();
        var shown = new List<(int Offset, double? Mean)>();
        for (int round = 0; round <= Kills; round++)
        {
            numbers.AddRange(await ProduceAsync(topic, random));
            bool isLast = round == Kills;
            shown.AddRange(await ConsumeAsync(topic, isLast ? int.MaxValue : random.Next(1, NumbersBetweenKills), until: numbers.Count - 1));
        }
        foreach (var (offset, mean) in shown) Assert.Equal(MeanAt(numbers, offset), mean);
        Assert.Equal(Enumerable.Range(0, numbers.Count), shown.Select(line => line.Offset).Distinct().Order());
        output.WriteLine($"{Kills} kills of a consumer with seed {Seed}: {shown.Count - numbers.Count} of {numbers.Count} numbers shown again, no mean wrong");
    }

    private static double? MeanAt(List<int> numbers, int offset) => offset < 2 ? null : (numbers[offset - 2] + numbers[offset - 1] + numbers[offset]) / 3.0;

    /// <summary>Reads what the consumer shows, and kills it after so many lines or when it has shown the last offset.</summary>
    private async Task<List<(int Offset, double? Mean)>> ConsumeAsync(string topic, int linesMax, int until)
    {
        string[] arguments = ["consume", topic, "--mean", "3", "--from-beginning", "--group", topic, "--brokers", broker.Bootstrap, "-o", "json"];
        using var process = Process.Start(new ProcessStartInfo(BrokerProcess.Executable, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var shown = new List<(int Offset, double? Mean)>();
        try
        {
            while (shown.Count < linesMax && (shown.Count == 0 || shown[^1].Offset < until))
            {
                string? line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
                Assert.False(line is null, "The consumer ended by itself.");
                var found = JsonNode.Parse(line)!;
                shown.Add(((int)found["offset"]!, (double?)found["mean"]));
            }
        }
        finally
        {
            process.Kill();
        }
        // What it had written before it died was seen by whoever reads it; a line that it died in the middle of was not.
        string rest = await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        foreach (string line in rest.Split('\n').SkipLast(1)) shown.Add(((int)JsonNode.Parse(line)!["offset"]!, (double?)JsonNode.Parse(line)!["mean"]));
        return shown;
    }

    private async Task<int[]> ProduceAsync(string topic, Random random)
    {
        int[] numbers = Enumerable.Range(0, NumbersBetweenKills).Select(_ => random.Next(1_000)).ToArray();
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap, EnableIdempotence = true }).Build();
        var sent = numbers.Select(number => producer.ProduceAsync(topic, new() { Value = number.ToString(CultureInfo.InvariantCulture) }));
        await Task.WhenAll(sent);
        return numbers;
    }
}
