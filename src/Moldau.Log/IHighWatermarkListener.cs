namespace Moldau.Log;

/// <summary>
/// Is told when a partition's high watermark or last stable offset has moved, or when the log has closed. Called on the
/// committer's thread: it must be brief.
/// </summary>
internal interface IHighWatermarkListener
{
    void HighWatermarkMoved(PartitionLog log);
}
