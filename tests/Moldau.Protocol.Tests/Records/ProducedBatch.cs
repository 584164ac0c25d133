using Moldau.Protocol.Records;

namespace Moldau.Protocol.Tests.Records;

/// <summary>Batches as producers send them, good ones and ones with a flaw.</summary>
internal static class ProducedBatch
{
    public const long Now = 1_795_000_000_000;

    public static byte[] Of(CompressionCodec codec, params ReadOnlySpan<(long Timestamp, string? Key)> records)
    {
        using var builder = new BatchBuilder(new BatchOptions { Compression = CompressionSetting.Default(codec) });
        foreach (var (timestamp, key) in records)
        {
            builder.Append(timestamp, key is null ? null : System.Text.Encoding.UTF8.GetBytes(key), "value"u8.ToArray());
        }
        return builder.BuildArray();
    }

    public static byte[] Many(CompressionCodec codec, int records)
    {
        using var builder = new BatchBuilder(new BatchOptions { Compression = CompressionSetting.Default(codec) });
        var headers = RecordHeaders.Of(("origin", "test"u8.ToArray()));
        for (int i = 0; i < records; i++) builder.Append(Now - records + i, BitConverter.GetBytes(i), new byte[80], headers);
        return builder.BuildArray();
    }

    /// <summary>Overwrites bytes and sets the checksum anew.</summary>
    public static byte[] With(byte[] batch, int at, params ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(batch.AsSpan(at));
        BatchHeader.StampCrc(batch);
        return batch;
    }
}
