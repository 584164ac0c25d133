using Moldau.Log.Files;

namespace Moldau.Log.Segments;

/// <summary>The names of a segment's files, whose suffixes say what becomes of it. Who reads from the files still can.</summary>
internal sealed class SegmentNames(IFileStore files, string directory, Segment segment)
{
    /// <summary>Gives the files the suffix of those that wait for their deletion.</summary>
    public void MarkDeleted()
    {
        foreach (var file in (ReadOnlySpan<IStoredFile>)[segment.Log, segment.Offsets.File, segment.Times.File]) SegmentFiles.MarkDeleted(files, file);
        segment.Aborted.MarkDeleted();
    }

    /// <summary>Likewise the producers' snapshot at the base offset.</summary>
    public void MarkSnapshotDeleted()
    {
        string snapshot = PathOf(SegmentFiles.ProducerSnapshot);
        if (files.FileExists(snapshot)) files.Rename(snapshot, snapshot + SegmentFiles.DeletedSuffix);
    }

    /// <summary>Takes the suffix back, also from the producers' snapshot: the segment stays in its log.</summary>
    public void UnmarkDeleted()
    {
        ChangeSuffix("");
        string snapshot = PathOf(SegmentFiles.ProducerSnapshot);
        if (files.FileExists(snapshot + SegmentFiles.DeletedSuffix)) files.Rename(snapshot + SegmentFiles.DeletedSuffix, snapshot);
    }

    /// <summary>Gives the files another suffix, or none, the log first: recovery goes by it.</summary>
    public void ChangeSuffix(string suffix)
    {
        Rename(segment.Log, SegmentFiles.Log + suffix);
        Rename(segment.Offsets.File, SegmentFiles.OffsetIndex + suffix);
        Rename(segment.Times.File, SegmentFiles.TimeIndex + suffix);
        segment.Aborted.Rename(PathOf(SegmentFiles.AbortedTransactions + suffix));
    }

    /// <summary>
    /// Deletes the files by the suffix that they have by now, and the snapshot if it is marked. What had no file when the segment was marked
    /// has none now: the name without suffix may be another segment's.
    /// </summary>
    public void DeleteFiles()
    {
        string snapshot = PathOf(SegmentFiles.ProducerSnapshot) + SegmentFiles.DeletedSuffix;
        foreach (string path in (ReadOnlySpan<string>)[segment.Log.Path, segment.Offsets.File.Path, segment.Times.File.Path, segment.Aborted.Path, snapshot])
        {
            if (SegmentFiles.HasSuffix(path) && files.FileExists(path)) files.DeleteFile(path);
        }
    }

    private void Rename(IStoredFile file, string suffix)
    {
        if (file.Path != PathOf(suffix) && files.FileExists(file.Path)) file.Rename(PathOf(suffix));
    }

    private string PathOf(string suffix) => SegmentFiles.PathOf(directory, segment.BaseOffset, suffix);
}
