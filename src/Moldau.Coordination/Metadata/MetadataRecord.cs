using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Coordination.Metadata;

/// <summary>A record of the metadata log: its value holds a frame of three unsigned varints before the body.</summary>
// | frame version = 1 | record type | record version | body of the record's schema |
internal readonly record struct MetadataRecord(IMessage Body, short Type, short Version)
{
    private const int FrameVersion = 1;

    private delegate IMessage Reader(ref WireReader reader, int version);

    private static readonly Dictionary<int, Reader> Readers = new()
    {
        [0] = Read<RegisterBrokerRecord>,
        [1] = Read<UnregisterBrokerRecord>,
        [2] = Read<TopicRecord>,
        [3] = Read<PartitionRecord>,
        [4] = Read<ConfigRecord>,
        [5] = Read<PartitionChangeRecord>,
        [7] = Read<FenceBrokerRecord>,
        [8] = Read<UnfenceBrokerRecord>,
        [9] = Read<RemoveTopicRecord>,
        [10] = Read<DelegationTokenRecord>,
        [11] = Read<UserScramCredentialRecord>,
        [12] = Read<FeatureLevelRecord>,
        [14] = Read<ClientQuotaRecord>,
        [15] = Read<ProducerIdsRecord>,
        [17] = Read<BrokerRegistrationChangeRecord>,
        [18] = Read<AccessControlEntryRecord>,
        [19] = Read<RemoveAccessControlEntryRecord>,
        [20] = Read<NoOpRecord>,
        [21] = Read<ZkMigrationStateRecord>,
        [22] = Read<RemoveUserScramCredentialRecord>,
        [23] = Read<BeginTransactionRecord>,
        [24] = Read<EndTransactionRecord>,
        [25] = Read<AbortTransactionRecord>,
        [26] = Read<RemoveDelegationTokenRecord>,
        [27] = Read<RegisterControllerRecord>,
        [28] = Read<ClearElrRecord>,
        [29] = Read<UnregisterControllerRecord>,
    };

    /// <summary>Whether it has tagged fields that its schema does not know. It keeps them, but an image has no place for them.</summary>
    public bool HasUnknownFields { get; private init; }

    public static MetadataRecord Of<T>(T body) where T : IMessage, IRecordMessage => new(body, body.RecordType, VersionOf(body));

    public void Write(WireWriter writer)
    {
        writer.WriteUnsignedVarint(FrameVersion);
        writer.WriteUnsignedVarint(Type);
        writer.WriteUnsignedVarint(Version);
        Body.Write(writer, Version);
    }

    /// <exception cref="MalformedMessageException">The bytes are no metadata record, or one of a newer Kafka.</exception>
    public static MetadataRecord Read(ReadOnlyMemory<byte> value)
    {
        var reader = new WireReader(value);
        int frame = reader.ReadUnsignedVarint();
        if (frame != FrameVersion) throw new MalformedMessageException($"A metadata record has frame version {frame}; only {FrameVersion} is known.");
        int type = reader.ReadUnsignedVarint();
        int version = reader.ReadUnsignedVarint();
        if (!Readers.TryGetValue(type, out var read)) throw new MalformedMessageException($"The metadata record type {type} is not known.");
        var body = read(ref reader, version);
        return new MetadataRecord(body, (short)type, (short)version) { HasUnknownFields = reader.HasSeenUnknownTaggedField };
    }

    /// <summary>
    /// The version that Kafka writes at the metadata version of this broker: the newest, but for one record that takes the lowest that
    /// fits.
    /// </summary>
    private static short VersionOf(IMessage body) => body switch
    {
        RegisterBrokerRecord => 4,
        PartitionRecord or PartitionChangeRecord => 2,
        BrokerRegistrationChangeRecord { CordonedLogDirs: not null } => 3,
        BrokerRegistrationChangeRecord { LogDirs.Count: > 0 } => 2,
        BrokerRegistrationChangeRecord { InControlledShutdown: not 0 } => 1,
        _ => 0,
    };

    private static IMessage Read<T>(ref WireReader reader, int version) where T : IMessage<T>
    {
        if (version < T.LowestVersion || version > T.HighestVersion)
        {
            throw new MalformedMessageException($"A {T.SchemaName} has version {version}; {T.LowestVersion} to {T.HighestVersion} are known.");
        }
        var record = T.Read(ref reader, (short)version);
        if (reader.Remaining > 0) throw new MalformedMessageException($"A {T.SchemaName} has {reader.Remaining} bytes more than its version.");
        return record;
    }
}
