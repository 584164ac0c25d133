using Moldau.Broker.Hosting;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Share;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;

namespace Moldau.Broker.Tests.Hosting;

/// <summary>What the operator hears where the share coordinator cannot do what a group wants.</summary>
public sealed class ShareStateFailureTests
{
    private readonly Dictionary<int, ErrorCode> _errors = [];
    private readonly RecordingLogger _log = new();
    private readonly ShareGroupStates _states;

    public ShareStateFailureTests() =>
        _states = new(request => new(new ShareStateAnswer(_errors.GetValueOrDefault(request.Key.Partition))), TimeProvider.System, _log);

    [Fact]
    public async Task A_failure_is_told_once_with_a_partition_until_it_is_another_or_over()
    {
        _errors[1] = ErrorCode.FencedStateEpoch;
        await BeginAsync(0, 1);
        await BeginAsync(0, 1);
        Assert.Contains(new SharePartitionKey("g", Guid.Empty, 1).ToString(), Assert.Single(_log.Messages), StringComparison.Ordinal);

        _errors[1] = ErrorCode.CoordinatorNotAvailable;
        await BeginAsync(1);
        await BeginAsync(1);
        Assert.Equal(2, _log.Messages.Count);

        _errors.Clear();
        await BeginAsync(0, 1);
        _errors[1] = ErrorCode.CoordinatorNotAvailable;
        await BeginAsync(0, 1);
        Assert.Equal(3, _log.Messages.Count);
    }

    [Fact]
    public async Task What_succeeds_elsewhere_ends_no_failure()
    {
        _errors[1] = ErrorCode.FencedStateEpoch;
        await BeginAsync(1);
        await BeginAsync(0);
        await BeginAsync(1);
        Assert.Single(_log.Messages);
    }

    private Task BeginAsync(params int[] partitions) => _states.CarryOutAsync(
        new InitializeShareStates("g", 1, partitions.ToDictionary(partition => new TopicIdPartition(Guid.Empty, partition), _ => 0L)),
        static _ => { });
}
