using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Hosting;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Share;
using Moldau.Coordination.ShareState;

namespace Moldau.Broker.Tests.Hosting;

/// <summary>What groups want of the share coordinator, where that takes its time.</summary>
public sealed class ShareStateOrderTests
{
    private readonly Channel<(ShareStateRequest Request, TaskCompletionSource<ShareStateAnswer> Answer)> _asked =
        Channel.CreateUnbounded<(ShareStateRequest Request, TaskCompletionSource<ShareStateAnswer> Answer)>();

    private readonly ShareGroupStates _states;

    public ShareStateOrderTests() => _states = new(AskAsync, TimeProvider.System, NullLogger.Instance);

    [Fact]
    public async Task What_a_group_wants_is_done_in_the_order_in_which_it_was_decided()
    {
        const int More = 101; // Than are asked for at the same time.
        var partitions = Enumerable.Range(0, More).Select(index => new TopicIdPartition(Guid.Empty, index)).ToList();
        var deleting = CarryOut(new DeleteShareStates("g", partitions));
        var beginning = CarryOut(new InitializeShareStates("g", 1, new Dictionary<TopicIdPartition, long> { [partitions[^1]] = 0 }));
        for (int count = 0; count < More; count++) Assert.IsType<DeleteShareState>(await AnswerAsync());
        await deleting;
        Assert.IsType<InitializeShareState>(await AnswerAsync());
        await beginning;
    }

    [Fact]
    public async Task Groups_do_not_wait_for_each_other()
    {
        _ = CarryOut(new DeleteShareStates("g", [default]));
        var other = CarryOut(new DeleteShareStates("h", [default]));
        await _asked.Reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal("h", (await AnswerAsync()).Key.GroupId);
        await other;
    }

    private Task CarryOut(ShareStateEffect effect) => _states.CarryOutAsync(effect, static _ => { });

    private ValueTask<ShareStateAnswer> AskAsync(ShareStateRequest request)
    {
        var answer = new TaskCompletionSource<ShareStateAnswer>();
        Assert.True(_asked.Writer.TryWrite((request, answer)));
        return new(answer.Task);
    }

    /// <summary>Answers the request that waits longest.</summary>
    private async Task<ShareStateRequest> AnswerAsync()
    {
        var (request, answer) = await _asked.Reader.ReadAsync(TestContext.Current.CancellationToken);
        answer.SetResult(ShareStateAnswer.Done);
        return request;
    }
}
