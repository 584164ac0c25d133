using Moldau.Log.Checkpoints;
using Moldau.Log.Files;
using Moldau.Protocol;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>
/// Whatever bytes stand in the files of a log directory, opening it ends: with a log that can be read and written to, or with an error
/// that names a file.
/// </summary>
public class RecoveryFuzzTests(ITestOutputHelper output)
{
    private const int SeedsUsually = 400;

    // A damaged offset may put the log's end anywhere.
    private const int ReadsMax = 200;

    [Fact]
    public async Task A_directory_with_any_bytes_in_it_opens_or_says_which_file_is_wrong()
    {
        int seeds = Searches.Rounds(SeedsUsually);
        int refused = 0;
        for (int seed = 0; seed < seeds; seed++)
        {
            if (!await OpensAsync(seed)) refused++;
        }
        output.WriteLine($"{seeds} damaged directories with seeds 0 to {seeds - 1}: {refused} refused, the others served");
    }

    private static async Task<bool> OpensAsync(int seed)
    {
        var random = new Random(seed);
        var log = new TestLog(new LogSettings { SegmentBytes = 400, IndexIntervalBytes = 100, SegmentIndexBytes = 64 });
        for (int i = 0; i < 20; i++) Append(log, i, random);
        log.Commit();
        if (random.Next(2) == 0)
        {
            log.Log.Flush();
            log.Directory.WriteCheckpoints();
            Append(log, 20, random);
            log.Commit();
        }
        if (random.Next(2) == 0) await log.Directory.DisposeAsync();
        for (int wounds = 1 + random.Next(3); wounds > 0; wounds--) Wound(log.Files, log.PartitionPath, random);
        try
        {
            Serve(log);
            return true;
        }
        catch (Exception e) when (e is IOException or CheckpointFormatException && e.Message.Contains('/', StringComparison.Ordinal))
        {
            return false;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
        }
    }

    private static void Append(TestLog log, int sequence, Random random)
    {
        bool isMarker = sequence % 7 == 6;
        var batch = new Batch { ProducerId = 5, Epoch = 0, PayloadBytes = random.Next(200), Attributes = BatchAttributes.Transactional };
        byte[] bytes = isMarker ? batch.BuildMarker(type: 0) : (batch with { Sequence = sequence - (sequence / 7) }).Build();
        log.Append(bytes, origin: isMarker ? AppendOrigin.Coordinator : AppendOrigin.Client);
    }

    private static void Wound(IFileStore files, string partition, Random random)
    {
        string[] paths =
        [
            .. files.FileNames(partition).Select(name => $"{partition}/{name}"),
            .. files.FileNames("/data/log").Where(name => name.Contains("checkpoint", StringComparison.Ordinal)).Select(name => $"/data/log/{name}"),
            .. files.FileNames("/data/journal").Where(name => name.EndsWith(".journal", StringComparison.Ordinal)).Select(name => $"/data/journal/{name}"),
        ];
        string path = paths[random.Next(paths.Length)];
        byte[] noise = new byte[random.Next(1, 300)];
        random.NextBytes(noise);
        using var file = files.Open(path, FileCreation.Existing);
        switch (random.Next(5))
        {
            case 0:
                file.SetLength(random.NextInt64(file.Length + 1));
                break;
            case 1:
                file.Write(random.NextInt64(file.Length + 1), noise);
                break;
            case 2:
                file.Write(random.NextInt64(file.Length + 1), noise.AsSpan(0, 1));
                break;
            case 3:
                file.SetLength(0);
                file.Write(0, noise);
                break;
            default:
                files.DeleteFile(path);
                break;
        }
    }

    private static void Serve(TestLog log)
    {
        log.ReopenAnew();
        var opened = log.Log;
        long offset = opened.LogStartOffset;
        for (int reads = 0; reads < ReadsMax && offset < opened.LogEndOffset; reads++)
        {
            using var read = opened.Read(offset, 1_000, ReadBound.LogEnd);
            var batches = new BatchEnumerator(read.Records.Span);
            long next = offset + 1;
            while (batches.MoveNext()) next = Math.Max(next, batches.Current.NextOffset);
            offset = next;
        }
        _ = opened.AbortedTransactions(opened.LogStartOffset, opened.LogEndOffset);
        Look(() => opened.OffsetForTimestamp(1, ReadBound.LogEnd));
        Look(() => opened.OffsetForMaxTimestamp(ReadBound.LogEnd));
        var appended = log.Append(new Batch().Build());
        if (appended.Error != ErrorCode.None) throw new InvalidOperationException($"An append is refused: {appended.Error}");
    }

    /// <summary>What stands for records in these batches is filler, which a search that has to look into it may refuse.</summary>
    private static void Look(Func<TimestampAndOffset?> search)
    {
        try
        {
            search();
        }
        catch (IOException)
        {
        }
    }
}
