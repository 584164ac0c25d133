using System.Globalization;
using System.Text;

using Moldau.Log.Cleaning;
using Moldau.Log.Files;
using Moldau.Protocol;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests.Cleaning;

/// <summary>A compacted log under test, with producers of all kinds, and the model of what must be in it.</summary>
internal sealed class KeyedLog
{
    public const long DeleteRetentionMs = 1_000;

    private const int ProducersMax = 3;
    private const int TransactionalFrom = 100;

    private static readonly DirectoryIdentity Identity = new() { ClusterId = "keyed", NodeId = 1, DirectoryId = new Guid(7, 7, 7, new byte[8]) };

    private readonly IFileStore _files;
    private readonly string _root;
    private readonly CleaningSettings _cleaning;
    private readonly Dictionary<long, Producer> _producers = [];
    private int _values;

    public KeyedLog(IFileStore files, LogSettings settings, CleaningSettings cleaning, string root = "/data")
    {
        _root = root;
        (_files, Settings, _cleaning) = (files, settings with { CleanupPolicy = CleanupPolicies.Compact, DeleteRetentionMs = DeleteRetentionMs }, cleaning);
        Directory = Open();
        Log = Directory.Create(TestLog.Partition, TestLog.TopicId, Settings);
    }

    public LogSettings Settings { get; }

    public ManualClock Clock { get; } = new();

    public KeyedModel Model { get; } = new();

    public CleaningNotes Notes { get; } = new();

    public LogDirectory Directory { get; private set; }

    public PartitionLog Log { get; private set; }

    public static SimulatedDisk NewDisk(int seed)
    {
        var disk = new SimulatedDisk(seed);
        disk.CreateDirectory("/data");
        disk.FlushDirectory("/");
        return disk;
    }

    /// <summary>Appends a batch whose records the draw determines: keys of a few, values and tombstones, any codec.</summary>
    public void Append(uint draw)
    {
        var take = new Draw(draw);
        int kind = take.Next(3);
        long producerId = kind == 0 ? -1 : take.Next(ProducersMax) + (kind == 2 ? TransactionalFrom : 0);
        var producer = producerId < 0 ? null : ProducerOf(producerId);
        using var builder = new BatchBuilder(new BatchOptions
        {
            ProducerId = producerId,
            ProducerEpoch = (short)(producer is null ? -1 : 0),
            BaseSequence = producer?.Sequence ?? -1,
            Kind = kind == 2 ? BatchAttributes.Transactional : BatchAttributes.None,
            Compression = CompressionSetting.Default((CompressionCodec)take.Next(5)),
            LogAppendTimeMs = take.Next(4) == 0 ? Clock.NowMs : null,
        });
        var records = Enumerable.Range(0, 1 + take.Next(4)).Select(i => ($"k{take.Next(6)}", take.Next(3) == 0 ? null : NextValue(), Clock.NowMs - i)).ToList();
        foreach (var (key, value, timestampMs) in records) builder.Append(timestampMs, Bytes(key), value is null ? null : Bytes(value));
        long baseOffset = Log.LogEndOffset;
        byte[] batch = builder.BuildArray();
        BatchHeader.TryRead(batch, out var header);
        for (int i = 0; i < records.Count; i++)
        {
            long timestampMs = header.TimestampType == TimestampType.LogAppendTime ? header.MaxTimestamp : records[i].Item3;
            Model.Appended(baseOffset + i, records[i].Item1, records[i].Item2, timestampMs, producerId);
            if (kind == 2) Model.Opened(baseOffset + i);
        }
        Take(batch, AppendOrigin.Client);
        if (producer is null) return;
        producer.Sequence += records.Count;
        if (kind == 2) producer.TransactionFirstOffset ??= baseOffset;
    }

    /// <summary>Ends a transaction, if one is open.</summary>
    public void EndTransaction(uint draw)
    {
        var take = new Draw(draw);
        long producerId = TransactionalFrom + take.Next(ProducersMax);
        if (ProducerOf(producerId) is not { TransactionFirstOffset: { } first } producer) return;
        bool isCommit = take.Next(2) == 0;
        var options = new BatchOptions
        {
            ProducerId = producerId,
            ProducerEpoch = 0,
            Kind = BatchAttributes.Transactional | BatchAttributes.Control,
        };
        using var builder = new BatchBuilder(options);
        builder.Append(Clock.NowMs, ControlRecord.Key(isCommit ? ControlRecordType.Commit : ControlRecordType.Abort), ControlRecord.MarkerValue(0));
        Take(builder.BuildArray(), AppendOrigin.Coordinator);
        Model.Ended(producerId, first, isCommit);
        producer.TransactionFirstOffset = null;
    }

    public void Commit()
    {
        while (Directory.RunCommitRound())
        {
        }
    }

    public void Clean()
    {
        Commit();
        Directory.Upkeep.CompactLogs(CancellationToken.None);
        Model.Cleaned(Log.Cleaning.CleanedOffset ?? 0, Clock.NowMs, DeleteRetentionMs);
        Directory.Upkeep.DeleteDueFiles();
    }

    public async Task RestartAsync()
    {
        await Directory.DisposeAsync();
        Reopen();
    }

    /// <summary>Opens the directory as a crash left it.</summary>
    public void Reopen()
    {
        Directory = Open();
        Log = Directory.Get(TestLog.Partition) ?? throw new InvalidOperationException("The partition is gone.");
        Log.Settings = Settings;
    }

    /// <summary>Compares the log with the model, and lets each producer go on where it was.</summary>
    public void Check()
    {
        Model.Check(Log, Clock.NowMs);
        var known = Log.LastProducers().ById;
        foreach (var (id, producer) in _producers)
        {
            if (producer.Sequence == 0) continue;
            Assert.True(known.ContainsKey(id), $"producer {id} is forgotten");
            var state = Log.Producers.Find(id, Clock.NowMs)!;
            Assert.Equal((producer.Sequence - 1, producer.TransactionFirstOffset ?? -1), (state.LastSequence, state.TransactionFirstOffset));
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private string NextValue() => string.Create(CultureInfo.InvariantCulture, $"value {++_values} {new string('x', _values % 50)}");

    private Producer ProducerOf(long id)
    {
        if (!_producers.TryGetValue(id, out var producer)) producer = _producers[id] = new Producer();
        return producer;
    }

    private void Take(byte[] batch, AppendOrigin origin)
    {
        var result = Log.Append(batch, new AppendContext { LeaderEpoch = 0, Origin = origin });
        Assert.Equal(ErrorCode.None, result.Error);
        Assert.False(result.IsDuplicate);
    }

    private LogDirectory Open() => LogDirectory.Open(new LogDirectoryOptions
    {
        Files = _files,
        Path = _root + "/log",
        JournalPath = _root + "/journal",
        NewIdentity = Identity,
        Clock = Clock,
        Settings = Settings,
        Threads = BackgroundThreads.None,
        JournalFileBytes = 1 << 16,
        Cleaning = _cleaning,
        Observer = Notes,
    });

    /// <summary>Takes small numbers out of a large one, so that a case is a list of numbers.</summary>
    private struct Draw(uint bits)
    {
        private uint _bits = bits;

        public int Next(int limit)
        {
            int drawn = (int)(_bits % (uint)limit);
            _bits = _bits / (uint)limit ^ _bits * 2654435761;
            return drawn;
        }
    }

    private sealed class Producer
    {
        public int Sequence { get; set; }

        public long? TransactionFirstOffset { get; set; }
    }
}

/// <summary>What compaction told. Of a power cut nobody is left to be told.</summary>
internal sealed class CleaningNotes : LogObserver
{
    public List<CleaningStats> Passes { get; } = [];

    public List<UncleanableLogException> Uncleanable { get; } = [];

    public List<Exception> Failures { get; } = [];

    public override void Cleaned(PartitionName partition, CleaningStats stats) => Passes.Add(stats);

    public override void LogUncleanable(PartitionName partition, UncleanableLogException cause) => Uncleanable.Add(cause);

    public override void CleaningFailed(PartitionName partition, Exception cause) => Failed(cause);

    public override void PartitionOffline(PartitionName partition, Exception cause) => Failed(cause);

    private void Failed(Exception cause)
    {
        if (cause is not PowerCutException) Failures.Add(cause);
    }
}
