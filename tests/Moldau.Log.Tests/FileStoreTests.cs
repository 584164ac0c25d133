using System.Diagnostics;

using Moldau.Log.Files;

namespace Moldau.Log.Tests;

public sealed class FileStoreTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("moldau-log-").FullName;

    private readonly DiskFileStore _disk = new();

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_log_directory_on_disk_is_written_stopped_and_opened_again()
    {
        var options = new LogDirectoryOptions
        {
            Files = _disk,
            Path = Path.Combine(_root, "log"),
            JournalPath = Path.Combine(_root, "journal"),
            NewIdentity = new DirectoryIdentity { ClusterId = "disk", NodeId = 1, DirectoryId = Guid.NewGuid() },
            JournalFileBytes = 64 * 1024,
        };
        await using (var directory = LogDirectory.Open(options))
        {
            var log = directory.Create(TestLog.Partition, TestLog.TopicId, LogSettings.Default);
            for (int i = 0; i < 2_000; i++) log.Append(new Batch { PayloadBytes = 200 }.Build(), new AppendContext { LeaderEpoch = 0 });
            await log.CommittedAsync(2_000);
            Assert.Equal(2_000, log.HighWatermark);
        }
        await using var again = LogDirectory.Open(options);
        Assert.True(again.WasCleanlyStopped);
        Assert.Equal(2_000, again.Get(TestLog.Partition)!.LogEndOffset);
        Assert.Equal("disk", again.Identity.ClusterId);
    }

    [Fact]
    public void Room_filled_with_zeros_keeps_what_the_file_holds()
    {
        string path = Path.Combine(_root, "room");
        File.WriteAllBytes(path, [1, 2, 3]);
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite)) Native.FillWithZeros(file, 100_000);
        Assert.Equal([1, 2, 3, .. new byte[99_997]], File.ReadAllBytes(path));
    }

    [Fact]
    public void A_directory_is_locked_within_the_process()
    {
        using (_disk.Lock(_root)) Assert.Throws<DirectoryInUseException>(() => _disk.Lock(_root));
        _disk.Lock(_root).Dispose();
    }

    /// <summary>python3 takes fcntl's record lock, as a JVM does.</summary>
    [Fact]
    public void A_directory_is_locked_against_other_processes_by_the_lock_that_a_JVM_sees()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/python3")) return;
        using var held = _disk.Lock(_root);
        string tryLock = $"import fcntl; f = open('{_root}/.lock', 'r+'); fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)";
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", tryLock]) { RedirectStandardError = true })!;
        string error = python.StandardError.ReadToEnd();
        python.WaitForExit();
        Assert.NotEqual(0, python.ExitCode);
        Assert.Contains("BlockingIOError", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_can_be_allocated_written_flushed_renamed_and_listed()
    {
        string path = Path.Combine(_root, "a");
        using (var file = _disk.Open(path, FileCreation.IfMissing))
        {
            file.Allocate(10_000);
            file.Write(5_000, [1, 2, 3]);
            file.Flush();
            Assert.Equal(10_000, file.Length);
        }
        _disk.Rename(path, Path.Combine(_root, "b"));
        _disk.FlushDirectory(_root);
        Assert.Equal(["b"], _disk.FileNames(_root));
        Assert.Equal([1, 2, 3], _disk.ReadAll(Path.Combine(_root, "b"))[5_000..5_003]);
    }

    [Fact]
    public void More_files_than_may_be_open_are_written_and_read_through_few_handles()
    {
        var store = new DiskFileStore(openFilesMax: 3);
        var files = Enumerable.Range(0, 20).Select(i => store.Open(Path.Combine(_root, $"f{i}"), FileCreation.IfMissing)).ToList();
        for (int i = 0; i < 20; i++) files[i].Write(0, [(byte)i]);
        Assert.Equal(3, store.OpenFileCount);
        byte[] read = new byte[1];
        for (int i = 0; i < 20; i++)
        {
            files[i].Read(0, read);
            Assert.Equal(i, read[0]);
        }
        foreach (var file in files) file.Dispose();
        Assert.Equal(0, store.OpenFileCount);
    }

    [Fact]
    public void A_file_with_unflushed_writes_keeps_its_handle_as_long_as_another_can_give_up_its_own()
    {
        var store = new DiskFileStore(openFilesMax: 2);
        using var written = (DiskFile)store.Open(Path.Combine(_root, "written"), FileCreation.IfMissing);
        using var read = (DiskFile)store.Open(Path.Combine(_root, "read"), FileCreation.IfMissing);
        written.Write(0, [1]);
        read.Read(0, new byte[1]);
        using var third = store.Open(Path.Combine(_root, "third"), FileCreation.IfMissing);
        third.Read(0, new byte[1]);
        Assert.Equal((true, false), (written.IsOpen, read.IsOpen));
    }

    [Fact]
    public void Where_all_have_unflushed_writes_the_one_that_gives_up_its_handle_is_flushed_first()
    {
        var store = new DiskFileStore(openFilesMax: 1);
        using var first = (DiskFile)store.Open(Path.Combine(_root, "first"), FileCreation.IfMissing);
        using var second = (DiskFile)store.Open(Path.Combine(_root, "second"), FileCreation.IfMissing);
        first.Write(0, [1]);
        second.Write(0, [2]);
        Assert.Equal((false, false), (first.IsOpen, first.IsDirty));
        Assert.Equal((true, true), (second.IsOpen, second.IsDirty));
    }

    [Fact]
    public void A_file_may_lose_its_handle_while_others_use_it()
    {
        var store = new DiskFileStore(openFilesMax: 1);
        using var shared = store.Open(Path.Combine(_root, "shared"), FileCreation.IfMissing);
        shared.Write(0, [42]);
        Parallel.For(0, 200, i =>
        {
            using var other = store.Open(Path.Combine(_root, $"o{i}"), FileCreation.IfMissing);
            other.Write(0, [1]);
            byte[] read = new byte[1];
            shared.Read(0, read);
            Assert.Equal(42, read[0]);
        });
    }

    [Fact]
    public void Memory_gives_back_what_was_written_across_its_chunks()
    {
        var file = new MemoryFileStore(1L << 20).Open("/f", FileCreation.IfMissing);
        byte[] bytes = new byte[200_000];
        new Random(1).NextBytes(bytes);
        file.Write(0, bytes.AsSpan(0, 100));
        file.Write(100, bytes.AsSpan(100));
        byte[] read = new byte[300_000];
        Assert.Equal(200_000, file.Read(0, read));
        Assert.True(bytes.AsSpan().SequenceEqual(read.AsSpan(0, 200_000)));
        file.SetLength(70_000);
        file.SetLength(140_000);
        file.Read(0, read);
        Assert.True(read.AsSpan(70_000, 70_000).IndexOfAnyExcept((byte)0) < 0);
    }

    [Fact]
    public void Memory_beyond_its_bound_is_a_full_disk_and_deleting_makes_room()
    {
        var memory = new MemoryFileStore(bytesMax: 100_000);
        memory.Open("/a", FileCreation.IfMissing).Write(0, new byte[60_000]);
        Assert.Throws<StorageExhaustedException>(() => memory.Open("/b", FileCreation.IfMissing).Write(0, new byte[60_000]));
        memory.DeleteFile("/a");
        memory.Open("/b", FileCreation.IfMissing).Write(0, new byte[60_000]);
        Assert.Equal(65_536, memory.BytesUsed);
    }
}
