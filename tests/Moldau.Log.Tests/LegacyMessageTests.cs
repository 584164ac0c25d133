using System.Buffers.Binary;

using Moldau.Log.Files;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>Logs with messages of the formats that Kafka wrote before 0.11, and reads still.</summary>
public class LegacyMessageTests
{
    private readonly SimulatedDisk _disk = Cleaning.KeyedLog.NewDisk(seed: 1);
    private readonly TestLog _log;
    private readonly string _path;

    public LegacyMessageTests()
    {
        _log = new TestLog(files: _disk);
        for (int i = 0; i < 3; i++) _log.Append(new Batch().Build());
        _log.Commit();
        _path = $"{_log.PartitionPath}/00000000000000000000.log";
    }

    [Theory]
    [InlineData(true, true, 0, 5)]
    [InlineData(true, true, 1, 100)]
    [InlineData(true, false, 0, 5)]
    [InlineData(true, false, 1, 100)]
    [InlineData(false, true, 0, 100)]
    [InlineData(false, true, 1, 5)]
    [InlineData(false, false, 0, 100)]
    [InlineData(false, false, 1, 5)]
    public async Task A_log_that_holds_one_is_named_and_left_as_it_is(bool isClean, bool isFirst, byte magic, int valueBytes)
    {
        await StopAsync(isClean);
        byte[] batches = _disk.ReadAll(_path), message = Message(magic, valueBytes);
        byte[] log = isFirst ? [.. message, .. batches] : [.. batches, .. message];
        _disk.WriteAtomically(_path, log);
        var refusal = Assert.Throws<LegacyFormatException>(_log.Reopen);
        Assert.Contains($"{_path}: the message at byte {(isFirst ? 0 : batches.Length)}", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(log, _disk.ReadAll(_path));
    }

    [Fact]
    public async Task A_batch_whose_format_is_damaged_is_none()
    {
        await StopAsync(isClean: false);
        byte[] log = [.. _disk.ReadAll(_path), .. new Batch { PayloadBytes = 0 }.Build()];
        log[^(BatchHeader.Size - BatchHeader.MagicAt)] = 0;
        _disk.WriteAtomically(_path, log);
        _log.Reopen();
        Assert.Equal([0, 1, 2], _log.ReadBaseOffsets());
    }

    private async Task StopAsync(bool isClean)
    {
        if (isClean) await _log.DisposeAsync();
        else _disk.RestartAfterKill();
    }

    private static byte[] Message(byte magic, int valueBytes)
    {
        byte[] message = [.. new byte[16], magic, 0, .. new byte[8 * magic], 0, 0, 0, 1, 42, 0, 0, 0, (byte)valueBytes, .. new byte[valueBytes]];
        BinaryPrimitives.WriteInt64BigEndian(message, 3);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(BatchHeader.LengthAt), message.Length - BatchHeader.LengthOverhead);
        return message;
    }
}
