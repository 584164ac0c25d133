using Moldau.Protocol;

namespace Moldau.Conformance.NewestVersions;

/// <summary>
/// The highest version of each API that any of the real clients sends in these tests: librdkafka 2.16 of Confluent.Kafka, the older ones of
/// confluent-kafka for Python and of kcat, kafkajs 2.2, kafka-python 2.0 and @platformatic/kafka 1.34. What none of them asks is not here.
/// </summary>
/// <remarks>As a broker saw them ask. A number that is too low here makes a test more than is needed, one that is too high hides that there is none.</remarks>
internal static class RealClients
{
    public static readonly IReadOnlyDictionary<ApiKey, short> Newest = new Dictionary<ApiKey, short>
    {
        [ApiKey.Produce] = 11,
        [ApiKey.Fetch] = 17,
        [ApiKey.ListOffsets] = 9,
        [ApiKey.Metadata] = 13,
        [ApiKey.OffsetCommit] = 9,
        [ApiKey.OffsetFetch] = 9,
        [ApiKey.FindCoordinator] = 6,
        [ApiKey.JoinGroup] = 9,
        [ApiKey.Heartbeat] = 4,
        [ApiKey.LeaveGroup] = 5,
        [ApiKey.SyncGroup] = 5,
        [ApiKey.ListGroups] = 5,
        [ApiKey.SaslHandshake] = 1,
        [ApiKey.ApiVersions] = 3,
        [ApiKey.CreateTopics] = 4,
        [ApiKey.DeleteTopics] = 4,
        [ApiKey.InitProducerId] = 5,
        [ApiKey.OffsetForLeaderEpoch] = 2,
        [ApiKey.AddPartitionsToTxn] = 5,
        [ApiKey.AddOffsetsToTxn] = 4,
        [ApiKey.EndTxn] = 4,
        [ApiKey.TxnOffsetCommit] = 4,
        [ApiKey.DescribeConfigs] = 1,
        [ApiKey.SaslAuthenticate] = 1,
        [ApiKey.CreatePartitions] = 2,
        [ApiKey.DeleteGroups] = 2,
        [ApiKey.IncrementalAlterConfigs] = 1,
        [ApiKey.DescribeUserScramCredentials] = 0,
        [ApiKey.AlterUserScramCredentials] = 0,
        [ApiKey.ConsumerGroupHeartbeat] = 1,
        [ApiKey.ConsumerGroupDescribe] = 0,
        [ApiKey.ShareGroupHeartbeat] = 1,
        [ApiKey.ShareFetch] = 1,
        [ApiKey.ShareAcknowledge] = 1,
    };
}
