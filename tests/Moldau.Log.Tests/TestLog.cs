using Moldau.Log.Files;
using Moldau.Protocol.Records;

namespace Moldau.Log.Tests;

/// <summary>A log directory on files in memory that outlive it, so that a test can stop it, crash it and open it again.</summary>
internal sealed class TestLog : IAsyncDisposable
{
    public static readonly PartitionName Partition = new("orders", 0);
    public static readonly Guid TopicId = new("11111111-2222-3333-4444-555555555555");

    private readonly Func<LogDirectoryOptions, LogDirectoryOptions> _options;

    public TestLog(LogSettings? settings = null, IFileStore? files = null, Func<LogDirectoryOptions, LogDirectoryOptions>? options = null)
    {
        _options = options ?? (given => given);
        Settings = settings ?? LogSettings.Default;
        Files = files ?? new MemoryFileStore(1L << 30);
        Directory = Open();
        Log = Directory.Create(Partition, TopicId, Settings);
    }

    public LogSettings Settings { get; }

    public IFileStore Files { get; }

    public ManualClock Clock { get; } = new();

    public LogDirectory Directory { get; private set; }

    public PartitionLog Log { get; private set; }

    public string PartitionPath => Directory.PathOf(Partition);

    public AppendResult Append(byte[] batch, int leaderEpoch = 0, AppendOrigin origin = AppendOrigin.Client) =>
        Log.Append(batch, new AppendContext { LeaderEpoch = leaderEpoch, Origin = origin });

    public void Commit()
    {
        while (Directory.RunCommitRound())
        {
        }
    }

    public async Task RestartAsync()
    {
        await Directory.DisposeAsync();
        Reopen();
    }

    /// <summary>Opens the directory as it stands; what the former one left open does not matter to files in memory.</summary>
    public void Reopen()
    {
        Directory = Open();
        Log = Directory.Get(Partition) ?? throw new InvalidOperationException("The partition is gone.");
        Log.Settings = Settings;
    }

    /// <summary>As <see cref="Reopen"/>, and where the partition is not there any more it is made anew.</summary>
    public void ReopenAnew()
    {
        Directory = Open();
        Log = Directory.Get(Partition) ?? Directory.Create(Partition, TopicId, Settings);
    }

    public List<long> ReadBaseOffsets(long from = 0, ReadBound bound = ReadBound.LogEnd)
    {
        var offsets = new List<long>();
        while (true)
        {
            using var read = Log.Read(from, 1 << 20, bound);
            var batches = new BatchEnumerator(read.Records.Span);
            long before = from;
            while (batches.MoveNext())
            {
                offsets.Add(batches.Current.BaseOffset);
                from = batches.Current.NextOffset;
            }
            if (from == before) return offsets;
        }
    }

    public ValueTask DisposeAsync() => Directory.DisposeAsync();

    private LogDirectory Open() => LogDirectory.Open(_options(new LogDirectoryOptions
    {
        Files = Files,
        Path = "/data/log",
        JournalPath = "/data/journal",
        NewIdentity = new DirectoryIdentity { ClusterId = "test-cluster", NodeId = 1, DirectoryId = new Guid("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee") },
        Clock = Clock,
        Settings = Settings,
        Threads = BackgroundThreads.None,
    }));
}

/// <summary>A clock that stands still until it is moved.</summary>
internal sealed class ManualClock : TimeProvider
{
    public long NowMs { get; set; } = 1_000;

    /// <summary>Something that comes in between, just as the clock is looked at.</summary>
    public Action? Read { get; set; }

    public override DateTimeOffset GetUtcNow()
    {
        Read?.Invoke();
        return DateTimeOffset.FromUnixTimeMilliseconds(NowMs);
    }
}
