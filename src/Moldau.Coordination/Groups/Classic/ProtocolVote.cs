using Offer = Moldau.Protocol.Messages.JoinGroupRequest.JoinGroupRequestProtocol;

namespace Moldau.Coordination.Groups.Classic;

/// <summary>Which protocol the members of a generation have in common, by their votes.</summary>
internal static class ProtocolVote
{
    /// <summary>
    /// Whether a member with these protocols can take part: whatever it likes in an empty group, else one that all members speak.
    /// </summary>
    public static bool Admits(ClassicGroup group, string protocolType, IReadOnlyList<Offer> offers)
    {
        var spoken = SpokenBy(offers);
        if (group.Members.Count == 0) return protocolType.Length > 0 && spoken.Any();
        return protocolType == group.ProtocolType && spoken.Any(CommonTo(group.Members).Contains);
    }

    /// <summary>Each member votes for the first of its protocols that all speak; most votes win.</summary>
    public static string Choose(IReadOnlyCollection<GroupMember> members)
    {
        var common = CommonTo(members);
        return members
            .Select(member => member.Protocols.First(offer => common.Contains(offer.Name)).Name)
            .CountBy(vote => vote)
            .OrderByDescending(vote => vote.Value)
            .ThenBy(vote => TieOrder(vote.Key))
            .First().Key;
    }

    /// <summary>Never empty for the members of a group, since each was admitted for a protocol that the others had in common.</summary>
    private static HashSet<string> CommonTo(IReadOnlyCollection<GroupMember> members)
    {
        HashSet<string>? common = null;
        foreach (var member in members)
        {
            if (common is null) common = [.. SpokenBy(member.Protocols)];
            else common.IntersectWith(SpokenBy(member.Protocols));
        }
        return common ?? [];
    }

    /// <summary>A protocol that a member names twice is never chosen in Kafka, so it does not count as spoken.</summary>
    public static IEnumerable<string> SpokenBy(IEnumerable<string> named) => named.CountBy(name => name).Where(name => name.Value == 1).Select(name => name.Key);

    private static IEnumerable<string> SpokenBy(IReadOnlyList<Offer> offers) => SpokenBy(offers.Select(offer => offer.Name));

    /// <summary>
    /// Kafka breaks a tie by the place of the name in a hash table of 16 buckets; so does this, since clients may see which one wins.
    /// </summary>
    private static int TieOrder(string protocol)
    {
        int hash = CoordinatorKey.HashOf(protocol);
        return (hash ^ (hash >>> 16)) & 15;
    }
}
