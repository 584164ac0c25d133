using Moldau.Protocol;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>A shard's errors as the requests of groups show them.</summary>
internal static class GroupErrors
{
    /// <summary>Members do not know of the size of records.</summary>
    public static ErrorCode OfMember(ErrorCode error) => error == ErrorCode.MessageTooLarge ? ErrorCode.UnknownServerError : error;

    /// <summary>What keeps a group's partition from taking a write: older clients know only the errors of coordinators there.</summary>
    public static ErrorCode OfPartition(ErrorCode error) => error switch
    {
        ErrorCode.KafkaStorageError => ErrorCode.NotCoordinator,
        ErrorCode.UnknownTopicOrPartition => ErrorCode.CoordinatorNotAvailable,
        _ => error,
    };
}
