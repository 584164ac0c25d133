using Moldau.Protocol;

namespace Moldau.Broker.Tests.Handlers.Records;

public sealed class LargeBatchTests
{
    private const int Mebibyte = 1024 * 1024;

    [Fact]
    public async Task A_batch_that_is_larger_than_a_segment_is_refused_before_anything_is_written()
    {
        await using var broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions());
        using var producer = await TestProducer.StartAsync(
            broker, "t", partitions: 1, ("segment.bytes", $"{Mebibyte}"), ("max.message.bytes", $"{4 * Mebibyte}"));
        var answer = await producer.ProduceAsync(0, new string('x', 2 * Mebibyte));
        Assert.Equal((ErrorCode.RecordListTooLarge, -1L, -1L), (answer.ErrorCode, answer.BaseOffset, answer.LogStartOffset));
        Assert.Equal((ErrorCode.None, 0L), await AppendAsync(producer, "small"));
    }

    private static async Task<(ErrorCode Error, long BaseOffset)> AppendAsync(TestProducer producer, string value)
    {
        var answer = await producer.ProduceAsync(0, value);
        return (answer.ErrorCode, answer.BaseOffset);
    }
}
