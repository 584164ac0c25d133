using Moldau.Broker.Sharing;
using Moldau.Coordination.Groups.Share;
using Moldau.Protocol;

namespace Moldau.Broker.Handlers.Shares;

/// <summary>What holds for the requests of share consumers to leaders alike.</summary>
internal static class ShareRequests
{
    public static ErrorCode Check(string? groupId, string? memberId, BrokerSharing sharing)
    {
        if (!sharing.IsServed) return ErrorCode.UnsupportedVersion;
        bool isNamed = groupId is not null && !string.IsNullOrEmpty(memberId) && memberId.Length <= ShareMember.IdCharactersMax;
        return isNamed ? ErrorCode.None : ErrorCode.InvalidRequest;
    }
}
