using Moldau.Log.Commit;
using Moldau.Log.Files;

namespace Moldau.Log;

/// <summary>What all partition logs of a directory share.</summary>
internal sealed class LogEnvironment(TimeProvider clock)
{
    public required IFileStore Files { get; init; }

    public TimeProvider Clock => clock;

    /// <summary>Those of all who wait for a commit.</summary>
    public CommitDeadlines Deadlines { get; } = new(clock);

    public required LogObserver Observer { get; init; }

    public required long ProducerIdExpirationMs { get; init; }

    /// <inheritdoc cref="LogDirectoryOptions.ResumePointBytes"/>
    public required int ResumePointBytes { get; init; }

    /// <summary>Null where appends are committed at once.</summary>
    public GroupCommitter? Committer { get; set; }

    /// <summary>Tells the committer's thread that something has gathered.</summary>
    public Action? WakeCommitter { get; set; }

    /// <summary>Has the checkpoints written, for something that stands in them only. False if they could not be.</summary>
    public Func<Task<bool>> WriteCheckpointsAsync { get; set; } = () => Task.FromResult(true);

    public long NowMs => Clock.GetUtcNow().ToUnixTimeMilliseconds();
}
