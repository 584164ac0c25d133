using Microsoft.Extensions.Logging;
using Moldau.Coordination;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Groups.Share;
using Moldau.Coordination.Groups.Streams;

namespace Moldau.Broker.Hosting;

/// <summary>Begins what the groups' shards want done elsewhere; the shards are told what came of it.</summary>
internal sealed class GroupEffects(StreamsTopics topics, ShareGroupStates states, ILogger logger)
{
    public void CarryOut(ShardHost<GroupInput> shard, Effect effect)
    {
        switch (effect)
        {
            case CreateInternalTopics wanted: _ = topics.CreateAsync(wanted, shard.Tell); break;
            case ShareStateEffect wanted: _ = states.CarryOutAsync(wanted, shard.Tell); break;
            case PatternGivenUp pattern: logger.PatternGivenUp(pattern.GroupId, pattern.Pattern, pattern.Reason); break;
            default: throw new ArgumentException($"Nothing here begins {effect}.", nameof(effect));
        }
    }
}
