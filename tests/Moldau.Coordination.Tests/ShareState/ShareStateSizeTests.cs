using Moldau.Coordination.Metadata;
using Moldau.Coordination.ShareState;
using Moldau.Coordination.Tests.Groups;
using Moldau.Protocol;
using Moldau.Protocol.Wire;

namespace Moldau.Coordination.Tests.ShareState;

/// <summary>How far the state of one share partition may go apart.</summary>
public sealed class ShareStateSizeTests
{
    /// <summary>What a batch in <c>__share_group_state</c> may have by default.</summary>
    private const int MaxMessageBytes = 1_048_588;

    private static readonly SharePartitionKey Key = new("g", ScenarioTopics.IdOf("t"), 0);

    private readonly ShareStateShard _shard = new(new ShareStateSettings { UpdatesPerSnapshot = 1 });
    private int _offset;

    public ShareStateSizeTests()
    {
        Decide(new ShareStateSurroundings(ClusterImage.Empty.With("t", 1).Topics, new ShareStateSettings { UpdatesPerSnapshot = 1 }));
        Ask(new InitializeShareState(Key, 0, 0));
    }

    [Fact]
    public void State_of_too_many_batches_is_refused_however_small_the_steps()
    {
        for (int first = 0; first < SharePartitionState.BatchesMax; first += SharePartitionState.BatchesMax / 4)
            Assert.Equal(ErrorCode.None, Write(Singles(first, SharePartitionState.BatchesMax / 4)));
        var full = _shard.Durable.Find(Key);
        Assert.Equal(SharePartitionState.BatchesMax, full!.Batches.Length);

        Assert.Equal(ErrorCode.InvalidRequest, Write(Singles(SharePartitionState.BatchesMax, 1)));
        Assert.Same(full, _shard.Durable.Find(Key));
    }

    [Fact]
    public void Full_state_takes_what_fills_its_gaps()
    {
        Assert.Equal(ErrorCode.None, Write(Singles(0, SharePartitionState.BatchesMax)));

        Assert.Equal(ErrorCode.None, Write([new(0, 100, DeliveryState.Acknowledged, 1)]));
        Assert.Equal(ErrorCode.None, Write(Singles(SharePartitionState.BatchesMax, 1)));
    }

    [Fact]
    public void Full_state_fits_into_a_record()
    {
        Write(Singles(0, SharePartitionState.BatchesMax));
        var snapshot = Decide(new ShareStateCall(new ReplyToken(1), new WriteShareState(Key) { StateEpoch = 0, LeaderEpoch = 0, StartOffset = 0 })).Records.Single();

        using var value = new WireWriter();
        snapshot.WriteValue(value);
        Assert.InRange(value.Written.Length, 20 * SharePartitionState.BatchesMax, MaxMessageBytes - 1000);
    }

    /// <summary>Every other record, from a place on.</summary>
    private static ShareStateBatch[] Singles(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(index => new ShareStateBatch(2 * index, 2 * index, DeliveryState.Acknowledged, 1))];

    private ErrorCode Write(ShareStateBatch[] batches) => Ask(new WriteShareState(Key) { StateEpoch = 0, LeaderEpoch = 0, StartOffset = 0, Batches = [.. batches] });

    private ErrorCode Ask(ShareStateRequest request) =>
        ((ShareStateAnswer)Decide(new ShareStateCall(new ReplyToken(1), request)).Replies.Single().Answer).Error;

    private Decision<CoordinatorRecord> Decide(ShareStateInput input)
    {
        var decision = _shard.Decide(input, new Instant(0, 0));
        foreach (var record in decision.Records) _shard.Apply(record, _offset++);
        return decision;
    }
}
