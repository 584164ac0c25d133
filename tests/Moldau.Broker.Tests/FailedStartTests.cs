using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;

namespace Moldau.Broker.Tests;

/// <summary>Looks at what belongs to the whole process, so no other test may run beside it.</summary>
[CollectionDefinition(nameof(FailedStartTests), DisableParallelization = true)]
[Collection(nameof(FailedStartTests))]
public sealed class FailedStartTests : IDisposable
{
    private static readonly string[] TemporaryVariables = ["TMPDIR", "TMP", "TEMP"];

    private readonly string _temporary = Directory.CreateTempSubdirectory("moldau-failed-start-").FullName;
    private readonly string?[] _before = [.. TemporaryVariables.Select(Environment.GetEnvironmentVariable)];

    public FailedStartTests()
    {
        foreach (string name in TemporaryVariables) Environment.SetEnvironmentVariable(name, _temporary);
    }

    public void Dispose()
    {
        for (int i = 0; i < TemporaryVariables.Length; i++) Environment.SetEnvironmentVariable(TemporaryVariables[i], _before[i]);
        Directory.Delete(_temporary, recursive: true);
    }

    [Fact]
    public async Task A_start_on_a_taken_port_leaves_nothing_behind_and_can_be_repeated()
    {
        var time = new CountingTime();
        int instruments = Instruments();
        int port;
        using (var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            other.Listen();
            port = ((IPEndPoint)other.LocalEndPoint!).Port;
            await Assert.ThrowsAsync<IOException>(() => KafkaBroker.StartAsync(new() { Port = 0, SaslPort = port, TimeProvider = time }));
        }
        Assert.Equal(0, time.Running);
        Assert.Equal(instruments, Instruments());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temporary));

        await using (await KafkaBroker.StartAsync(new() { Port = 0, SaslPort = port, TimeProvider = time }))
        {
            Assert.NotEqual(0, time.Running);
            Assert.NotEqual(instruments, Instruments());
            Assert.NotEmpty(Directory.EnumerateFileSystemEntries(_temporary));
        }
        Assert.Equal(0, time.Running);
        Assert.Equal(instruments, Instruments());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temporary));
    }

    [Fact]
    public async Task A_start_on_a_taken_port_makes_no_user_whose_password_nobody_is_told()
    {
        string data = Path.Combine(_temporary, "data");
        using (var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            other.Listen();
            int port = ((IPEndPoint)other.LocalEndPoint!).Port;
            await Assert.ThrowsAsync<IOException>(() => KafkaBroker.StartAsync(new() { DataDirectory = data, Port = 0, SaslPort = port }));
        }
        await using var broker = await KafkaBroker.StartAsync(new() { DataDirectory = data, Port = 0, SaslPort = 0 });
        Assert.NotNull(broker.Credentials);
    }

    [Fact]
    public async Task A_listener_on_a_host_that_nobody_knows_is_named_with_the_remedy()
    {
        var options = new KafkaBrokerOptions();
        options.Properties["listeners"] = "SASL_SSL://unknown.invalid:0";
        var refusal = await Assert.ThrowsAnyAsync<ArgumentException>(() => KafkaBroker.StartAsync(options));
        Assert.Contains("SASL_SSL://unknown.invalid:0", refusal.Message, StringComparison.Ordinal);
    }

    private static int Instruments()
    {
        int count = 0;
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => count += instrument.Meter.Name == "Moldau" ? 1 : 0 };
        listener.Start();
        return count;
    }

    /// <summary>The timers' thread, too, has a timer, which it lets go at its end.</summary>
    private sealed class CountingTime : TimeProvider
    {
        private int _running;

        public int Running => _running;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Increment(ref _running);
            return new Counted(base.CreateTimer(callback, state, dueTime, period), this);
        }

        private sealed class Counted(ITimer timer, CountingTime time) : ITimer
        {
            private int _disposed;

            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

            public void Dispose()
            {
                if (Interlocked.Exchange(ref _disposed, 1) == 0) Interlocked.Decrement(ref time._running);
                timer.Dispose();
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
