using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// What the leader of a classic group gives to whom: to each equally much. What a member has that is to be another's nobody gets this time, since
/// that one still reads it; what nobody has goes to whoever has least.
/// </summary>
internal sealed class ClassicShares
{
    private readonly Dictionary<string, List<(string Topic, int Partition)>> _shares;

    public ClassicShares(IEnumerable<(string Topic, int Partition)> all, List<JoinGroupResponse.JoinGroupResponseMember> members, int first)
    {
        var partitions = all.ToList();
        var ownedBy = OwnersOf(members).ToLookup(owned => owned.Value, owned => owned.Key);
        string[] ids = [.. members.Select(member => member.MemberId)];
        _shares = ids.ToDictionary(id => id, _ => new List<(string, int)>());
        var (least, more) = Math.DivRem(partitions.Count, ids.Length);
        foreach (var (at, id) in ids.OrderByDescending(id => ownedBy[id].Count()).Index()) _shares[id].AddRange(ownedBy[id].Order().Take(at < more ? least + 1 : least));
        string[] inTurn = [.. ids[first..], .. ids[..first]];
        foreach (var free in partitions.Except(ownedBy.SelectMany(owned => owned))) _shares[inTurn.MinBy(id => _shares[id].Count)!].Add(free);
    }

    public IEnumerable<(string Topic, int Partition)> Of(string member) => _shares[member];

    /// <summary>Of two who say that they have the same the one has it who got it later: the other was not heard of in between.</summary>
    private static Dictionary<(string Topic, int Partition), string> OwnersOf(List<JoinGroupResponse.JoinGroupResponseMember> members)
    {
        var owners = new Dictionary<(string Topic, int Partition), string>();
        foreach (var (member, owned) in members.Select(member => (member, Owned: ConsumerProtocolText.Owned(member.Metadata))).OrderBy(each => each.Owned.Generation))
        {
            foreach (var partition in owned.Partitions) owners[partition] = member.MemberId;
        }
        return owners;
    }
}
