using Moldau.Log.Files;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>What a simulated disk refuses and where it fails, at random: for a while for want of room or handles, or once, for good.</summary>
internal sealed class DiskFaults(SimulatedDisk disk, Random random, List<string> history)
{
    private static readonly string[] Files = [".log", ".index", ".timeindex", ".txnindex", ".snapshot", ".journal", ".tmp", ".cleaned", ""];

    private static readonly string[] Lackable = ["open", "flush", "rename", "allocate", "grow", "cut", "write"];

    /// <summary>Whether room or handles are missing.</summary>
    public bool IsLacking => disk.IsFull is not null || disk.Lacks is not null;

    /// <summary>Whether a write or a flush has failed in this life of the process.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Whether it was one of the journal: nothing may be acknowledged from then on.</summary>
    public bool HasJournalFailed { get; private set; }

    /// <summary>Whether the faults explain that something could not be done.</summary>
    public bool Explain(IOException e) => ((e as StorageExhaustedException ?? e.InnerException) is StorageExhaustedException && IsLacking) || HasFailed;

    /// <summary>Room is missing for one kind of file, or room or handles for one kind of operation, until they are there again.</summary>
    public void FillOrEmpty()
    {
        if (IsLacking)
        {
            MakeRoom();
            history.Add("room again");
            return;
        }
        string suffix = Any(Files);
        string operation = Any(Lackable);
        bool isAnyOperation = random.Next(2) == 0;
        if (isAnyOperation) disk.IsFull = path => path.EndsWith(suffix, StringComparison.Ordinal);
        else disk.Lacks = (refused, path) => refused == operation && (refused == "flush" ? !disk.FileExists(path) : path.EndsWith(suffix, StringComparison.Ordinal));
        history.Add(isAnyOperation ? $"no room for *{suffix}" : $"nothing to {operation} *{suffix} with");
    }

    public void MakeRoom() => (disk.IsFull, disk.Lacks) = (null, null);

    /// <summary>
    /// The next flush of a segment or of the journal fails, and loses what it should have made durable; or the next write to one kind of file does,
    /// which may leave a part of itself.
    /// </summary>
    public void FailNext()
    {
        if (random.Next(3) > 0) return;
        var (operation, suffix) = random.Next(4) switch
        {
            0 => ("flush", ".journal"),
            1 => ("write", Any(Files)),
            _ => ("flush", ".log"),
        };
        history.Add($"the next {operation} of *{suffix} fails");
        disk.Fails = (present, path) =>
        {
            if (present != operation || !path.EndsWith(suffix, StringComparison.Ordinal)) return false;
            disk.Fails = null;
            history.Add($"{path} fails");
            HasJournalFailed = path.EndsWith(".journal", StringComparison.Ordinal);
            return HasFailed = true;
        };
    }

    /// <summary>The machine begins another life, in which nothing has failed.</summary>
    public void Restart() => (disk.Fails, HasFailed, HasJournalFailed) = (null, false, false);

    private string Any(string[] choices) => choices[random.Next(choices.Length)];
}
