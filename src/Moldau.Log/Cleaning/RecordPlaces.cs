using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Log.Cleaning;

/// <summary>
/// Checks the offsets of a batch's records. Producers number them, and one that does not compress may do so in any way: the broker keeps
/// such a batch, as Kafka does. But compaction goes by the offset of each record, and none may stand without its batch.
/// </summary>
internal struct RecordPlaces(BatchHeader header)
{
    private long _next = header.BaseOffset;

    /// <summary>Takes up the offset of the next record.</summary>
    /// <exception cref="MalformedBatchException">It does not rise, or lies without the batch.</exception>
    public void Take(long offset)
    {
        if (offset < _next || offset > header.LastOffset)
        {
            throw new MalformedBatchException(ErrorCode.InvalidRecord,
                $"a record of the batch at offset {header.BaseOffset} says that its own offset is {offset}, where it cannot stand");
        }
        _next = offset + 1;
    }
}
