using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Coordination.Groups.Classic;

/// <summary>The topics that the members of a group of consumers are subscribed to, out of what they said about themselves.</summary>
internal static class Subscriptions
{
    /// <summary>Only of consumers can it be told what they are subscribed to.</summary>
    public const string ConsumerType = "consumer";

    /// <summary>Null where a member's metadata cannot be read: then it may be subscribed to anything.</summary>
    public static HashSet<string>? Of(ClassicGroup group)
    {
        if (group.ProtocolType != ConsumerType) return null;
        var topics = new HashSet<string>();
        foreach (var member in group.Members)
        {
            if (TopicsOf(member.MetadataFor(group.Protocol)) is not { } own) return null;
            topics.UnionWith(own);
        }
        return topics;
    }

    // | version 2 | subscription |, where newer versions only append fields.
    private static List<string>? TopicsOf(byte[] metadata)
    {
        try
        {
            var reader = new WireReader(metadata);
            short version = reader.ReadInt16();
            if (version < ConsumerProtocolSubscription.LowestVersion) return null;
            return ConsumerProtocolSubscription.Read(ref reader, Math.Min(version, ConsumerProtocolSubscription.HighestVersion)).Topics;
        }
        catch (MalformedMessageException)
        {
            return null;
        }
    }
}
