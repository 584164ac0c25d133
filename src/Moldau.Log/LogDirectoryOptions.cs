using Moldau.Log.Cleaning;
using Moldau.Log.Files;
using Moldau.Log.Upkeep;

namespace Moldau.Log;

/// <summary>What a log directory is opened with.</summary>
internal sealed record LogDirectoryOptions
{
    public required IFileStore Files { get; init; }

    /// <summary>log.dirs</summary>
    public required string Path { get; init; }

    /// <summary>Where the journal lives: beside the log directory, never in it.</summary>
    public required string JournalPath { get; init; }

    /// <summary>Written to <c>meta.properties</c> if the directory has none yet; an existing one is kept.</summary>
    public required DirectoryIdentity NewIdentity { get; init; }

    /// <summary>Gives fresh ids: the unique part of the names of directories that are deleted or set aside, and what is made in the directory.</summary>
    public Func<Guid> NewId { get; init; } = Guid.NewGuid;

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>For partitions found in the directory, until their topic's own settings are known.</summary>
    public LogSettings Settings { get; init; } = LogSettings.Default;

    /// <summary>producer.id.expiration.ms: an idle producer's state is forgotten after it.</summary>
    public long ProducerIdExpirationMs { get; init; } = 24L * 60 * 60 * 1000;

    public CommitMode CommitMode { get; init; } = CommitMode.Journal;

    /// <summary>Size of a journal file in bytes.</summary>
    public long JournalFileBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// From this size in bytes on, a batch is not written to the journal: flushing its segment costs less than writing it
    /// twice.
    /// </summary>
    public int DirectBytesMin { get; init; } = 256 * 1024;

    /// <summary>
    /// Bytes that may wait in memory for the journal. Beyond them appends are refused as for want of room; it takes many connections
    /// that send at once while the disk stalls, since each reads on only below a much lower bound.
    /// </summary>
    public long UncommittedBytesMax { get; init; } = 256 * 1024 * 1024;

    /// <summary>
    /// After so many bytes in a segment a background flush makes a place from which recovery may go on. It costs a file and three
    /// flushes.
    /// </summary>
    public int ResumePointBytes { get; init; } = 4 * 1024 * 1024;

    public CleaningSettings Cleaning { get; init; } = CleaningSettings.Default;

    public UpkeepIntervals Upkeep { get; init; } = new();

    public BackgroundThreads Threads { get; init; } = BackgroundThreads.Own;

    public LogObserver Observer { get; init; } = LogObserver.None;
}

/// <summary>How appends become committed.</summary>
internal enum CommitMode
{
    /// <summary>One interleaved journal, flushed once a round for all partitions.</summary>
    Journal,

    /// <summary>At once: for a store in memory, where there is nothing to flush.</summary>
    Immediate,
}

/// <summary>Who runs commits, background flushes and upkeep.</summary>
internal enum BackgroundThreads
{
    /// <summary>Threads of the log directory.</summary>
    Own,

    /// <summary>The caller, step by step: for tests, whose steps must come in one order.</summary>
    None,
}
