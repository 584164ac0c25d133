namespace Moldau.Log.Cleaning;

/// <summary>What is known of a log's compaction between two passes.</summary>
internal sealed class CleaningState
{
    private long _cleanedOffset = -1;
    private volatile UncleanableLogException? _uncleanable;

    /// <summary>
    /// Held by whoever takes segments out of the log: a pass of compaction, for as long as it lasts, or retention, which does not wait for it.
    /// </summary>
    public Lock Turn { get; } = new();

    /// <summary>Up to here a pass has been; null if none has. It stands in <c>cleaner-offset-checkpoint</c>.</summary>
    public long? CleanedOffset
    {
        get => Volatile.Read(ref _cleanedOffset) is >= 0 and var offset ? offset : null;
        set => Volatile.Write(ref _cleanedOffset, value ?? -1);
    }

    /// <summary>Why the log is left alone until the next start; null as long as it is not.</summary>
    public UncleanableLogException? Uncleanable
    {
        get => _uncleanable;
        set => _uncleanable = value;
    }

    /// <summary>
    /// Takes up what the checkpoint says of a log that ends at an offset. One that ends before what was cleaned is not the log
    /// that was cleaned, and what comes there next is not clean: all of it counts as dirty.
    /// </summary>
    public void Loaded(long? cleanedOffset, long logEndOffset) => CleanedOffset = cleanedOffset <= logEndOffset ? cleanedOffset : null;

    /// <summary>What comes behind the new end is not clean.</summary>
    public void Truncated(long logEndOffset)
    {
        if (CleanedOffset > logEndOffset) CleanedOffset = logEndOffset;
    }
}
