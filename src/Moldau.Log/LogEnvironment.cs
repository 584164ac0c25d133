using Moldau.Log.Commit;
using Moldau.Log.Files;

namespace Moldau.Log;

/// <summary>What all partition logs of a directory share.</summary>
internal sealed class LogEnvironment
{
    public required IFileStore Files { get; init; }

    public required TimeProvider Clock { get; init; }

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
