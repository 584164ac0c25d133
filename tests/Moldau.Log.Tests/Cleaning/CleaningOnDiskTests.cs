using Moldau.Log.Cleaning;
using Moldau.Log.Files;

namespace Moldau.Log.Tests.Cleaning;

/// <summary>The same on the files of this machine, of which so few may be open that handles are given up all the time.</summary>
public sealed class CleaningOnDiskTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("moldau-cleaning-").FullName;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Passes_on_real_files_leave_what_the_model_says_also_after_a_restart(int seed)
    {
        var random = new Random(seed);
        var log = new KeyedLog(
            new DiskFileStore(openFilesMax: 4),
            new LogSettings { SegmentBytes = 700, MinCleanableDirtyRatio = 0, FileDeleteDelayMs = 100, IndexIntervalBytes = 100 },
            new CleaningSettings { IoBufferBytes = 1_000 },
            _root);
        for (int i = 1; i <= 120; i++)
        {
            if (random.Next(3) == 0) log.EndTransaction((uint)random.Next());
            else log.Append((uint)random.Next());
            if (i % 30 > 0) continue;
            log.Clock.NowMs += 600;
            log.Clean();
            log.Check();
        }
        await log.RestartAsync();
        log.Check();
        Assert.Empty(log.Notes.Uncleanable);
        Assert.Empty(log.Notes.Failures);
        Assert.NotEmpty(log.Notes.Passes);
        TestContext.Current.TestOutputHelper?.WriteLine($"{log.Notes.Passes.Count} compactions of real files with seed {seed}: as the model says");
        await log.Directory.DisposeAsync();
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
