using Moldau.Log.Producers;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Log.Tests;

/// <summary>Batches of a producer that the log does not know, some of which were refused on their way to it.</summary>
public class RefusedBatchTests
{
    private readonly TestLog _log = new();

    [Fact]
    public void Of_the_batches_that_were_refused_the_first_one_must_come_first()
    {
        Refuse(5);
        Refuse(3);
        Refuse(4);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Append(5));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Append(4));
        Assert.Equal([ErrorCode.None, ErrorCode.None, ErrorCode.None], new[] { Append(3), Append(4), Append(5) });
    }

    [Fact]
    public void A_batch_before_the_one_that_was_refused_is_taken()
    {
        Refuse(5);
        Assert.Equal([ErrorCode.None, ErrorCode.None], new[] { Append(4), Append(5) });
    }

    [Fact]
    public void The_sequence_0_comes_behind_the_largest_one()
    {
        Refuse(int.MaxValue);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Append(0));
        Refuse(0);
        Assert.Equal([ErrorCode.None, ErrorCode.None], new[] { Append(int.MaxValue), Append(0) });
    }

    [Fact]
    public void A_newer_epoch_takes_the_place_of_an_older_one_and_not_the_other_way_round()
    {
        Refuse(3, epoch: 0);
        Refuse(5, epoch: 1);
        Refuse(2, epoch: 0);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Append(6, epoch: 1));
        Assert.Equal(ErrorCode.None, Append(5, epoch: 1));
    }

    [Fact]
    public void Nothing_waits_for_a_batch_that_was_refused_for_good()
    {
        Refuse(0);
        GiveUp(1);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Append(1));
        GiveUp(0);
        Assert.Equal(ErrorCode.None, Append(1));
    }

    private static byte[] Batch(int sequence, short epoch) => new Batch { ProducerId = 7, Epoch = epoch, Sequence = sequence }.Build();

    private static BatchHeader Header(int sequence, short epoch)
    {
        Assert.True(BatchHeader.TryRead(Batch(sequence, epoch), out var header));
        return header;
    }

    private void Refuse(int sequence, short epoch = 0) => _log.Log.NoteRefused(Header(sequence, epoch), BatchRefusal.InPassing);

    private void GiveUp(int sequence) => _log.Log.NoteRefused(Header(sequence, epoch: 0), BatchRefusal.ForGood);

    private ErrorCode Append(int sequence, short epoch = 0) => _log.Append(Batch(sequence, epoch)).Error;
}
