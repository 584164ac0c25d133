using Moldau.Broker.Tests.Handlers.Records;
using Moldau.Broker.Tests.Net;
using Moldau.Protocol;
using Moldau.TestKit;

namespace Moldau.Broker.Tests;

/// <summary>A running broker whose disk fails under the journal acknowledges nothing more, says why, and stops by itself.</summary>
public sealed class FailingJournalTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _directory = Directory.CreateTempSubdirectory("moldau-failing-").FullName;
    private readonly SimulatedDisk _disk = new(seed: 9);
    private readonly EventLines _events = new();

    public FailingJournalTests()
    {
        _disk.CreateDirectory(_directory);
        for (string? at = _directory; at is not null; at = Path.GetDirectoryName(at)) _disk.FlushDirectory(at);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("flush")]
    [InlineData("write")]
    public async Task The_producer_is_not_acknowledged_and_the_broker_stops_with_the_reason_and_starts_again_with_what_it_had_acknowledged(string operation)
    {
        await using var broker = await StartAsync();
        using var producer = await TestProducer.StartAsync(broker, "orders", partitions: 1);
        Assert.Equal(ErrorCode.None, (await producer.ProduceAsync(0, "kept")).ErrorCode);

        _disk.Fails = (failing, path) => failing == operation && path.EndsWith(".journal", StringComparison.Ordinal);
        Assert.NotEqual(ErrorCode.None, await ErrorOfAsync(producer));
        var reason = await Assert.ThrowsAsync<IOException>(() => broker.Completion.WaitAsync(Patience));
        Assert.Contains($"The simulated disk failed: {operation} of ", reason.Message, StringComparison.Ordinal);
        Assert.Contains(_events.Take(), line => line.Contains("nothing is acknowledged and the broker stops", StringComparison.Ordinal));
        Assert.NotEqual(ErrorCode.None, await ErrorOfAsync(producer)); // The disk may be well again by now; the broker is gone.

        _disk.Fails = null;
        _disk.RestartAfterPowerCut();
        await using var again = await StartAsync();
        using var next = new TestProducer(WireClient.To(again), "orders");
        var answer = await next.ProduceAsync(0, "next");
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        Assert.InRange(answer.BaseOffset, 1, 2); // What was refused may be there or not.
    }

    private Task<KafkaBroker> StartAsync() =>
        KafkaBroker.StartAsync(new KafkaBrokerOptions { DataDirectory = _directory, Files = _disk, LoggerFactory = _events });

    /// <summary>A connection that is closed without an answer acknowledges nothing either.</summary>
    private static async Task<ErrorCode> ErrorOfAsync(TestProducer producer)
    {
        try
        {
            return (await producer.ProduceAsync(0, "refused").WaitAsync(Patience)).ErrorCode;
        }
        catch (IOException)
        {
            return ErrorCode.NetworkException;
        }
    }
}
