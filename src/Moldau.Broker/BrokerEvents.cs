using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Broker.Net;
using Moldau.Coordination.Metadata;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;

namespace Moldau.Broker;

/// <summary>All that the broker logs. 1xx network, 2xx requests, 3xx storage, 4xx start and stop, 5xx coordinators.</summary>
internal static partial class BrokerEvents
{
    /// <summary>One line for the end of every connection: who and why. What a client does every day is no warning.</summary>
    public static void ConnectionEnded(this ILogger logger, ConnectionEnd end, string client, string listener, string detail)
    {
        var level = IsEveryday(end) ? LogLevel.Debug : LogLevel.Warning;
        ConnectionEnded(logger, level, client, listener, end, detail);
    }

    public static bool IsEveryday(ConnectionEnd end) =>
        end is ConnectionEnd.ClosedByClient or ConnectionEnd.BrokerStopping or ConnectionEnd.Idle or ConnectionEnd.TransportFailed;

    [LoggerMessage(100, LogLevel.Information, "Listener {Listener} ({Protocol}) is open on {Address}")]
    public static partial void ListenerOpened(this ILogger logger, string listener, SecurityProtocol protocol, string address);

    [LoggerMessage(101, LogLevel.Error, "Listener {Listener} could not accept a connection: {Detail}")]
    public static partial void AcceptFailed(this ILogger logger, string listener, string detail);

    [LoggerMessage(EventId = 102, Message = "The connection of {Client} to {Listener} ended ({End}): {Detail}")]
    private static partial void ConnectionEnded(
        ILogger logger, LogLevel level, string client, string listener, ConnectionEnd end, string detail);

    [LoggerMessage(103, LogLevel.Warning, "{Count} connections did not end in time and were left behind")]
    public static partial void ConnectionsLeft(this ILogger logger, int count);

    [LoggerMessage(104, LogLevel.Warning, "The renewed certificate could not be written to {Path}, so it is used until the stop only: {Reason}")]
    public static partial void CertificateNotKept(this ILogger logger, string path, string reason);

    [LoggerMessage(106, LogLevel.Warning, "The certificate authority in {Path} was damaged, without its key or near its end: a new one was made, and no client trusts it until it is given this file anew")]
    public static partial void CaMadeAnew(this ILogger logger, string path);

    [LoggerMessage(105, LogLevel.Warning, "More than {Count} connections ended so ({End}) within a second; the further ones of this second are counted, not logged")]
    public static partial void ConnectionEndsLeftOut(this ILogger logger, ConnectionEnd end, int count);

    [LoggerMessage(200, LogLevel.Error, "{Api} version {Version} of client '{ClientId}' failed")]
    public static partial void HandlerFailed(this ILogger logger, ApiKey api, short version, string? clientId, Exception exception);

    [LoggerMessage(300, LogLevel.Critical, "Nothing can be made durable any more, so nothing is acknowledged and the broker stops")]
    public static partial void CommitFailed(this ILogger logger, Exception exception);

    [LoggerMessage(340, LogLevel.Critical, "A change of metadata stands in its log and could not be put into force, so no other is made and the broker stops; a start reads the log anew")]
    public static partial void MetadataBehindItsLog(this ILogger logger, Exception exception);

    [LoggerMessage(341, LogLevel.Error, "A change of metadata is in force, and some of what follows from it failed; a restart makes up for it")]
    public static partial void MetadataNotFollowed(this ILogger logger, Exception exception);

    [LoggerMessage(301, LogLevel.Error, "Partition {Partition} is offline: its disk failed. The other partitions go on; a restart tries again")]
    public static partial void PartitionOffline(this ILogger logger, string partition, Exception exception);

    [LoggerMessage(302, LogLevel.Warning, "The journal was set aside as {Path} and not replayed: {Reason}")]
    public static partial void JournalSetAside(this ILogger logger, string path, string reason);

    [LoggerMessage(303, LogLevel.Information, "Partition {Partition} ends at {LogEndOffset}: {BytesCut} bytes of a torn tail were cut off")]
    public static partial void TailTruncated(this ILogger logger, string partition, long logEndOffset, long bytesCut);

    [LoggerMessage(304, LogLevel.Information, "The journal gave partition {Partition} back the records from {FromOffset} to {LogEndOffset}")]
    public static partial void PartitionRepaired(this ILogger logger, string partition, long fromOffset, long logEndOffset);

    [LoggerMessage(305, LogLevel.Warning, "The journal's batches of partition {Partition} were not taken: {Reason}")]
    public static partial void JournalDisagrees(this ILogger logger, string partition, string reason);

    [LoggerMessage(306, LogLevel.Warning, "The journal was set aside as {Path}: it has records of {Topics}, whose partitions the log directory does not hold. Stop the broker, " +
        "put their directories back if they are to be had, and the journal too; without them these records are lost")]
    public static partial void JournalOfMissingPartitions(this ILogger logger, string path, string topics);

    [LoggerMessage(307, LogLevel.Information, "Of {Count} deleted topics the journal still had records; they are gone with it")]
    public static partial void JournalOfDeletedTopics(this ILogger logger, int count);

    [LoggerMessage(308, LogLevel.Warning, "{Path} holds records of deleted topics only, and cannot be deleted. It can be at any time")]
    public static partial void JournalOfDeletedTopicsStays(this ILogger logger, string path, Exception exception);

    [LoggerMessage(310, LogLevel.Warning, "No topic owns the directory of partition {Partition}: it was renamed to end in -stray")]
    public static partial void StrayPartition(this ILogger logger, string partition);

    [LoggerMessage(311, LogLevel.Error, "The log of partition {Partition} cannot be opened; a restart tries again")]
    public static partial void PartitionNotOpened(this ILogger logger, string partition, Exception exception);

    [LoggerMessage(312, LogLevel.Warning, "The directories of the deleted topic {Topic} cannot be removed; a restart tries again")]
    public static partial void TopicNotDeleted(this ILogger logger, string topic, Exception exception);

    [LoggerMessage(313, LogLevel.Warning, "The topic {Topic} that client '{ClientId}' asked for was not made: {Reason}")]
    public static partial void TopicNotAutoCreated(this ILogger logger, string topic, string? clientId, string reason);

    [LoggerMessage(315, LogLevel.Error, "Partition {Partition} could not be read; it stays in service")]
    public static partial void PartitionReadFailed(this ILogger logger, string partition, Exception exception);

    [LoggerMessage(316, LogLevel.Warning, "The offset checkpoints could not be written; the journal grows until they can be")]
    public static partial void CheckpointsNotWritten(this ILogger logger, Exception exception);

    [LoggerMessage(328, LogLevel.Warning, "The offset checkpoints cannot be written; the journal grows until they can. {Remedy}: {Reason}")]
    public static partial void CheckpointsLackRoom(this ILogger logger, string remedy, string reason);

    [LoggerMessage(338, LogLevel.Error, "{Partition} ends at offset {LogEndOffset}, though it had reached {Checkpoint} when the broker stopped: files are missing or were cut. " +
        "Put them back before anything is produced to it, or the offsets are given out again")]
    public static partial void RecordsMissing(this ILogger logger, string partition, long logEndOffset, long checkpoint);

    [LoggerMessage(320, LogLevel.Error, "What is produced to {Partition}, and perhaps to others, cannot be written and is refused until it can. {Remedy}: {Reason}")]
    public static partial void AppendRefused(this ILogger logger, string partition, string remedy, string reason);

    [LoggerMessage(321, LogLevel.Error, "The journal cannot be written, and nothing is acknowledged until it can. {Remedy}: {Reason}")]
    public static partial void CommitWaits(this ILogger logger, string remedy, string reason);

    [LoggerMessage(325, LogLevel.Information, "The journal can be written again, and what waited for it is acknowledged")]
    public static partial void CommitGoesOn(this ILogger logger);

    [LoggerMessage(326, LogLevel.Error, "{Count} partitions, of which {Partition} is the first, cannot be opened; they are when the cause is gone. {Remedy}: {Reason}")]
    public static partial void PartitionsLackRoom(this ILogger logger, int count, string partition, string remedy, string reason);

    [LoggerMessage(327, LogLevel.Information, "All partitions that could not be opened are open")]
    public static partial void PartitionsHaveRoom(this ILogger logger);

    [LoggerMessage(319, LogLevel.Error, "{Path} is damaged: what stands at byte {Position} has a wrong checksum, or is no batch, and is not served. " +
        "Who reads {Partition} stops there, or goes on with the next segment: bring the file back from a copy, or let readers go on at an offset behind that batch")]
    public static partial void DamagedBatch(this ILogger logger, string partition, string path, long position);

    [LoggerMessage(317, LogLevel.Warning, "A periodic task failed and is tried again at its next time: {Task}")]
    public static partial void UpkeepFailed(this ILogger logger, string task, Exception exception);

    [LoggerMessage(329, LogLevel.Warning, "A periodic task could not write and is tried again at its next time: {Task}. {Remedy}: {Reason}")]
    public static partial void UpkeepLacksRoom(this ILogger logger, string task, string remedy, string reason);

    [LoggerMessage(318, LogLevel.Information, "Retention took {Count} segments out of {Partition}, which begins at offset {LogStartOffset} now")]
    public static partial void SegmentsDeleted(this ILogger logger, string partition, int count, long logStartOffset);

    [LoggerMessage(322, LogLevel.Information, "Compaction went over {Partition} from offset {FromOffset} to {ToOffset}: {BytesBefore} bytes became {BytesAfter}")]
    public static partial void Cleaned(this ILogger logger, string partition, long fromOffset, long toOffset, long bytesBefore, long bytesAfter);

    [LoggerMessage(323, LogLevel.Error, "Partition {Partition} is not compacted any more until the broker is started again. It is served as it is")]
    public static partial void LogUncleanable(this ILogger logger, string partition, Exception exception);

    [LoggerMessage(324, LogLevel.Warning, "Compaction of {Partition} failed and is tried again; the log is as it was")]
    public static partial void CleaningFailed(this ILogger logger, string partition, Exception exception);

    [LoggerMessage(330, LogLevel.Warning, "The cluster has {Count} access control entries (ACLs): they are kept and not enforced, so whoever can connect may do everything")]
    public static partial void AclsNotEnforced(this ILogger logger, int count);

    [LoggerMessage(331, LogLevel.Warning, "The cluster has {Count} client quotas: they are kept and not enforced, so no client is slowed down")]
    public static partial void QuotasNotEnforced(this ILogger logger, int count);

    [LoggerMessage(332, LogLevel.Warning, "The cluster has {Count} delegation tokens: they are kept, and nobody can log in with them")]
    public static partial void DelegationTokensNotAccepted(this ILogger logger, int count);

    [LoggerMessage(333, LogLevel.Warning, "{Count} groups have settings of their own ({Groups}): they are kept and not obeyed")]
    public static partial void GroupSettingsNotObeyed(this ILogger logger, int count, string groups);

    [LoggerMessage(334, LogLevel.Warning, "The cluster has {Count} subscriptions to client metrics: they are kept, and no client is asked for its metrics")]
    public static partial void ClientMetricsNotCollected(this ILogger logger, int count);

    [LoggerMessage(335, LogLevel.Warning, "A stored setting of {Type} '{Name}' is passed over: {Problem}")]
    public static partial void StoredSettingPassedOver(this ILogger logger, ConfigResourceType type, string name, string problem);

    [LoggerMessage(336, LogLevel.Warning, "{Count} directories in {Path} are set aside, since no topic is known that owns them, and their records are not served: {Names}")]
    public static partial void StrayDirectories(this ILogger logger, int count, string path, string names);

    [LoggerMessage(337, LogLevel.Warning, "A snapshot of the metadata could not be written, or old ones not be deleted; the metadata log grows until they can be")]
    public static partial void MetadataSnapshotNotWritten(this ILogger logger, Exception exception);

    /// <summary>What the operator should know of his settings.</summary>
    public static void Noticed(this ILogger logger, IReadOnlyList<ConfigNotice> notices)
    {
        foreach (var notice in notices)
            Noticed(logger, notice.Level == ConfigNoticeLevel.Warning ? LogLevel.Warning : LogLevel.Information, notice.Text);
    }

    [LoggerMessage(EventId = 400, Message = "{Notice}")]
    private static partial void Noticed(ILogger logger, LogLevel level, string notice);

    [LoggerMessage(500, LogLevel.Error, "{Shard} could not append {Count} records ({Error}); whoever waited for them was told, and nothing of it was applied")]
    public static partial void CoordinatorAppendFailed(this ILogger logger, string shard, int count, ErrorCode error);

    [LoggerMessage(501, LogLevel.Error, "{Shard} failed on one request or timer, which was dropped")]
    public static partial void CoordinatorFaulted(this ILogger logger, string shard, Exception fault);

    [LoggerMessage(502, LogLevel.Critical, "{Shard} has stopped: its state cannot be vouched for; what it coordinates is not available until the broker is started again")]
    public static partial void CoordinatorBroken(this ILogger logger, string shard, Exception fault);

    [LoggerMessage(503, LogLevel.Error, "{Topic} could not be made, so its coordinator is not available")]
    public static partial void CoordinatorTopicNotMade(this ILogger logger, string topic, Exception failure);

    [LoggerMessage(504, LogLevel.Error, "The markers of a transaction of {TransactionalId} could not all be written ({Error}): it stays open for readers until they can be")]
    public static partial void MarkersNotWritten(this ILogger logger, string transactionalId, ErrorCode error);

    [LoggerMessage(505, LogLevel.Warning, "{Shard} has no coordinator, since its log cannot be read; that is tried again when somebody asks for it: {Reason}")]
    public static partial void CoordinatorUnreadable(this ILogger logger, string shard, string reason);

    [LoggerMessage(506, LogLevel.Error, "{Topic} could not be made, so it has no coordinator; that is tried again when somebody asks for one: {Reason}")]
    public static partial void CoordinatorTopicRefused(this ILogger logger, string topic, string reason);

    [LoggerMessage(515, LogLevel.Warning, "{Shard} was loaded without offsets {First} to {Last} of its log, which are damaged and cannot be read: " +
        "what only they tell of groups, transactions or deliveries is lost, and serving goes on without it. Bring the file back from a copy and start again if it matters")]
    public static partial void CoordinatorLogDamaged(this ILogger logger, string shard, long first, long last);

    [LoggerMessage(512, LogLevel.Warning, "{Topic} holds records of a form that is not known here, which are passed over: a newer Kafka may have left them. What only they tell of is not brought to its end; the program that wrote them can do that")]
    public static partial void UnknownCoordinatorRecords(this ILogger logger, string topic);

    [LoggerMessage(509, LogLevel.Warning, "{Shard} could not let go of its log before offset {Offset} ({Error}); that is tried again before long")]
    public static partial void CoordinatorLogNotPruned(this ILogger logger, string shard, long offset, ErrorCode error);

    [LoggerMessage(511, LogLevel.Warning, "The pattern '{Pattern}' of members of group {Group} matches no topics: {Reason}; its members need another one")]
    public static partial void PatternGivenUp(this ILogger logger, string group, string pattern, string reason);

    [LoggerMessage(510, LogLevel.Warning, "The share coordinator could not begin, or forget, {Count} partitions of share group {Group}; of {SharePartition} it says {Error}. That is tried again when a member of the group is heard of, or at the next start")]
    public static partial void ShareStatesNotSettled(this ILogger logger, int count, string group, SharePartitionKey sharePartition, ErrorCode error);

    [LoggerMessage(513, LogLevel.Warning, "What fails is told of {Count} {Subjects} already: until some of them are over, or an hour is past, nothing is said of others, though they are tried again likewise")]
    public static partial void ToldEnough(this ILogger logger, int count, string subjects);

    [LoggerMessage(508, LogLevel.Warning, "Internal topics of the streams group {Group} could not be made, so its members have no tasks; that is tried again as long as they ask: {Reason}")]
    public static partial void StreamsTopicsRefused(this ILogger logger, string group, string reason);

    [LoggerMessage(540, LogLevel.Warning, "The state of share partition {SharePartition} was not stored ({Error}); its members were told, and have their records as before: {Reason}")]
    public static partial void ShareStateNotStored(this ILogger logger, SharePartitionKey sharePartition, ErrorCode error, string? reason);

    [LoggerMessage(541, LogLevel.Error, "Storing the state of share partition {SharePartition} failed; its members were told, and it is taken up anew when somebody asks")]
    public static partial void ShareStateWriteFaulted(this ILogger logger, SharePartitionKey sharePartition, Exception fault);

    [LoggerMessage(542, LogLevel.Error, "The state of share partition {SharePartition} could not be taken up; that is tried again when somebody asks for it")]
    public static partial void SharePartitionNotLoaded(this ILogger logger, SharePartitionKey sharePartition, Exception fault);

    [LoggerMessage(543, LogLevel.Error, "Records {FirstOffset} to {LastOffset} of share partition {SharePartition} are given up without a dead letter in {Topic}: {Reason}")]
    public static partial void DeadLettersNotWritten(
        this ILogger logger, SharePartitionKey sharePartition, long firstOffset, long lastOffset, string topic, string reason);
}
