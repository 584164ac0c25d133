using Moldau.Broker.Hosting;
using Moldau.Coordination;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Hosting;

public sealed class CommitQueueTests
{
    private readonly List<object> _answers = [];

    [Fact]
    public async Task What_is_given_while_those_before_it_go_out_goes_out_behind_them()
    {
        var log = new ScriptedLog { CommitsAtOnce = false };
        var queue = new CommitQueue(log);
        // Its answer leads to another one, of which all is committed.
        queue.Send(new Asked(answer =>
        {
            _answers.Add(answer);
            queue.Send(new Asked(_answers.Add), "third", endOffset: 1);
        }), "first", endOffset: 1);
        var second = new TaskCompletionSource();
        queue.Send(new Asked(answer =>
        {
            _answers.Add(answer);
            second.SetResult();
        }), "second", endOffset: 1);
        log.Append([CoordinatorRecord.Tombstone(new TransactionLogKey { TransactionalId = "x" })], utcMs: 0);
        log.Commit();
        await second.Task;
        Assert.Equal(["first", "second"], _answers.Take(2));
    }

    private sealed class Asked(Action<object> answered) : IAsker
    {
        public void Answer(object answer) => answered(answer);

        public void Refuse(ErrorCode error) => answered(error);
    }
}
