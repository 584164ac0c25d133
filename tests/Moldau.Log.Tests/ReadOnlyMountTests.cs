using Moldau.Log.Files;
using Moldau.Protocol;

namespace Moldau.Log.Tests;

/// <summary>The same on file systems of the machine; mounting them takes root.</summary>
public sealed class ReadOnlyMountTests
{
    [Fact]
    public async Task A_start_on_a_file_system_that_is_mounted_read_only_says_so_and_the_next_on_a_writable_one_has_all()
    {
        using var mount = Mount.OfMemory();
        await using (var directory = Open(mount)) Append(directory.Create(TestLog.Partition, TestLog.TopicId, LogSettings.Default), batches: 3);
        mount.Remount("ro");
        var refusal = Assert.IsType<StorageExhaustedException>(Record.Exception(() => Open(mount)));
        Assert.Equal(StorageLack.WriteAccess, refusal.Lack);
        mount.Remount("rw");
        await using var again = Open(mount);
        Assert.True(again.WasCleanlyStopped);
        Assert.Equal(3, again.Get(TestLog.Partition)!.LogEndOffset);
    }

    /// <summary>As ext4 does by itself after a fault: from then on writes and flushes are refused, also those of files that are open.</summary>
    [Fact]
    public async Task A_file_system_that_becomes_read_only_under_a_running_log_acknowledges_nothing_more_and_loses_nothing()
    {
        using var mount = Mount.OfImage();
        var directory = Open(mount);
        var log = directory.Create(TestLog.Partition, TestLog.TopicId, LogSettings.Default);
        Append(log, batches: 2);
        await log.CommittedAsync(2).AsTask().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        mount.Remount("abort");
        Assert.Equal(ErrorCode.KafkaStorageError, Append(log, batches: 1));
        Assert.Equal((2L, null), (log.HighWatermark, log.Failure));
        directory.StopWaitingForRoom();
        await directory.DisposeAsync();

        mount.MountAgain();
        await using var again = Open(mount);
        Assert.False(again.WasCleanlyStopped);
        Assert.Equal(2, again.Get(TestLog.Partition)!.LogEndOffset);
    }

    private static ErrorCode Append(PartitionLog log, int batches)
    {
        var error = ErrorCode.None;
        for (int i = 0; i < batches; i++) error = log.Append(new Batch().Build(), new AppendContext { LeaderEpoch = 0 }).Error;
        return error;
    }

    private static LogDirectory Open(Mount mount) => LogDirectory.Open(new LogDirectoryOptions
    {
        Files = new DiskFileStore(),
        Path = Path.Combine(mount.Path, "log"),
        JournalPath = Path.Combine(mount.Path, "journal"),
        NewIdentity = new DirectoryIdentity { ClusterId = "mount", NodeId = 1, DirectoryId = Guid.NewGuid() },
        JournalFileBytes = 64 * 1024,
    });
}
