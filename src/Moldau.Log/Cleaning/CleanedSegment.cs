using System.Buffers;

using Moldau.Log.Segments;

namespace Moldau.Log.Cleaning;

/// <summary>The segment that others are cleaned into, as it is written: by its suffix its files mean nothing yet.</summary>
internal sealed class CleanedSegment : IDisposable
{
    private readonly LogEnvironment _environment;
    private readonly PartitionLog _log;
    private readonly Segment _segment;
    private byte[] _buffer;
    private int _buffered;
    private bool _isTaken;

    public CleanedSegment(LogEnvironment environment, PartitionLog log, long baseOffset, CleaningSettings settings)
    {
        _environment = environment;
        _log = log;
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(settings.IoBufferBytes / 2, 1));
        _segment = new Segment(environment.Files, log.Identity.Directory, baseOffset, environment.NowMs, SegmentFiles.CleanedSuffix);
        try
        {
            _segment.StartEmpty();
        }
        catch
        {
            Dispose(); // The file may be there all the same.
            throw;
        }
    }

    public void Append(in FilteredBatch batch)
    {
        var bytes = batch.Bytes.Span;
        if (bytes.Length > int.MaxValue - _segment.WrittenBytes)
        {
            throw new UncleanableLogException(_segment.Log.Path, _segment.WrittenBytes, "what is left of the segment does not fit into one file");
        }
        if (bytes.Length > _buffer.Length - _buffered) WriteBuffer();
        if (bytes.Length > _buffer.Length)
        {
            _segment.Log.Write(_segment.WrittenBytes, bytes);
        }
        else
        {
            bytes.CopyTo(_buffer.AsSpan(_buffered));
            _buffered += bytes.Length;
        }
        _segment.Note(batch.Header, _log.Settings.IndexIntervalBytes);
        if (batch.Aborted is { } aborted) _segment.Aborted.Add(aborted);
    }

    /// <summary>The segment, whole and flushed; it is the caller's now. Where no timestamp is left it is as old as the last of those that it stands for.</summary>
    public Segment Take(Segment last)
    {
        WriteBuffer();
        _segment.Publish();
        _segment.Seal();
        _segment.Flush();
        if (_segment.Newest.TimestampMs < 0) _environment.Files.SetLastWritten(_segment.Log.Path, last.LargestTimestampMs);
        _segment.IsDirty = false;
        _isTaken = true;
        return _segment;
    }

    /// <summary>Deletes the files, unless the segment was taken.</summary>
    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        if (_isTaken) return;
        _segment.Dispose();
        try
        {
            _segment.Names.DeleteFiles();
        }
        catch (IOException e)
        {
            // The next pass writes over them, and the next start deletes them.
            _environment.Observer.CleaningFailed(_log.Name, e);
        }
    }

    private void WriteBuffer()
    {
        if (_buffered > 0) _segment.Log.Write(_segment.WrittenBytes - _buffered, _buffer.AsSpan(0, _buffered));
        _buffered = 0;
    }
}
