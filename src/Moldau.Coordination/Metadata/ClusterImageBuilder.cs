using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Metadata;

/// <summary>
/// Applies records to an image: the only writer of cluster metadata, for new decisions and for recovery alike. What a batch does not touch is
/// shared with the image that it began from.
/// </summary>
internal sealed class ClusterImageBuilder(ClusterImage start)
{
    private ClusterImage _image = start;
    private TopicsBuilder _topics = new(start.Topics);

    /// <summary>The image after some more records.</summary>
    public static ClusterImage Apply(ClusterImage image, IEnumerable<MetadataRecord> records)
    {
        var builder = new ClusterImageBuilder(image);
        foreach (var record in records) builder.Apply(record);
        return builder.Build();
    }

    public ClusterImage Build()
    {
        var topics = _topics.Build();
        return ReferenceEquals(topics, _image.Topics) ? _image : _image = _image with { Topics = topics };
    }

    public void Apply(in MetadataRecord record)
    {
        if (ApplyToTopics(record) || ApplyToNodes(record) || ApplyToSecurity(record) || ApplyToTransaction(record)) return;
        switch (record.Body)
        {
            case FeatureLevelRecord feature:
                Apply(feature);
                break;
            case ConfigRecord config:
                Apply(config);
                break;
            case ProducerIdsRecord ids:
                _image = _image with { ProducerIds = ids };
                break;
            case NoOpRecord or ZkMigrationStateRecord:
                break; // A heartbeat of Kafka's controller, and the mark of a migration that every cluster of today has behind it.
            default:
                throw new InvalidOperationException($"Nothing applies a metadata record of type {record.Type}.");
        }
    }

    private bool ApplyToTopics(in MetadataRecord record)
    {
        switch (record.Body)
        {
            case TopicRecord topic:
                _topics.Add(topic);
                return true;
            case PartitionRecord partition:
                _topics.Put(partition);
                return true;
            case PartitionChangeRecord change:
                _topics.Change(change);
                return true;
            case ClearElrRecord clear:
                _topics.ClearElr(clear.TopicName);
                return true;
            case RemoveTopicRecord removed:
                string name = _topics.Remove(removed.TopicId);
                _image = _image with { Configs = _image.Configs.Remove(ConfigResource.Topic(name)) };
                return true;
            default:
                return false;
        }
    }

    private bool ApplyToNodes(in MetadataRecord record)
    {
        switch (record.Body)
        {
            case RegisterBrokerRecord broker:
                Put(ToImage(broker));
                return true;
            case UnregisterBrokerRecord gone:
                _image = _image with { Brokers = _image.Brokers.Remove(gone.BrokerId) };
                return true;
            case FenceBrokerRecord fenced:
                Put(_image.Brokers[fenced.Id] with { Fenced = true });
                return true;
            case UnfenceBrokerRecord unfenced:
                Put(_image.Brokers[unfenced.Id] with { Fenced = false });
                return true;
            case BrokerRegistrationChangeRecord change:
                Put(Changed(_image.Brokers[change.BrokerId], change));
                return true;
            case RegisterControllerRecord controller:
                _image = _image with { Controllers = _image.Controllers.SetItem(controller.ControllerId, controller) };
                return true;
            case UnregisterControllerRecord gone:
                _image = _image with { Controllers = _image.Controllers.Remove(gone.ControllerId) };
                return true;
            default:
                return false;
        }
    }

    private bool ApplyToSecurity(in MetadataRecord record)
    {
        switch (record.Body)
        {
            case UserScramCredentialRecord credential:
                var user = new ScramUser(credential.Name, credential.Mechanism);
                _image = _image with { ScramCredentials = _image.ScramCredentials.SetItem(user, credential) };
                return true;
            case RemoveUserScramCredentialRecord gone:
                _image = _image with { ScramCredentials = _image.ScramCredentials.Remove(new ScramUser(gone.Name, gone.Mechanism)) };
                return true;
            case AccessControlEntryRecord acl:
                _image = _image with { Acls = _image.Acls.SetItem(acl.Id, acl) };
                return true;
            case RemoveAccessControlEntryRecord gone:
                _image = _image with { Acls = _image.Acls.Remove(gone.Id) };
                return true;
            case DelegationTokenRecord token:
                _image = _image with { DelegationTokens = _image.DelegationTokens.SetItem(token.TokenId, token) };
                return true;
            case RemoveDelegationTokenRecord gone:
                _image = _image with { DelegationTokens = _image.DelegationTokens.Remove(gone.TokenId) };
                return true;
            case ClientQuotaRecord quota:
                Apply(quota);
                return true;
            default:
                return false;
        }
    }

    private bool ApplyToTransaction(in MetadataRecord record)
    {
        switch (record.Body)
        {
            case BeginTransactionRecord:
                var before = Build();
                _image = before with { BeforeTransaction = before };
                return true;
            case EndTransactionRecord:
                _image = _image with { BeforeTransaction = null };
                return true;
            case AbortTransactionRecord:
                _image = _image.BeforeTransaction
                    ?? throw new InvalidOperationException("The metadata log aborts a transaction that it did not begin.");
                _topics = new TopicsBuilder(_image.Topics);
                return true;
            default:
                return false;
        }
    }

    private void Apply(FeatureLevelRecord feature)
    {
        if (feature.Name == Features.KRaftVersion) return; // Some older Kafka wrote it; Kafka passes it over, since a control record says it.
        var features = feature.FeatureLevel == 0
            ? _image.Features.Remove(feature.Name)
            : _image.Features.SetItem(feature.Name, feature.FeatureLevel);
        _image = _image with { Features = features };
    }

    private void Apply(ConfigRecord config)
    {
        var resource = new ConfigResource((ConfigResourceType)config.ResourceType, config.ResourceName);
        var settings = _image.ConfigOf(resource);
        settings = config.Value is null ? settings.Remove(config.Name) : settings.SetItem(config.Name, config.Value);
        var configs = settings.IsEmpty ? _image.Configs.Remove(resource) : _image.Configs.SetItem(resource, settings);
        _image = _image with { Configs = configs };
    }

    private void Apply(ClientQuotaRecord quota)
    {
        // The entity's parts come in any order; a part without a name is the default of its type, so null differs from every text.
        var parts = quota.Entity.Select(part => $"{part.EntityType}={part.EntityName?.Length ?? -1}:{part.EntityName}");
        string key = string.Join('\n', parts.Order(StringComparer.Ordinal).Append(quota.Key));
        _image = _image with { Quotas = quota.Remove ? _image.Quotas.Remove(key) : _image.Quotas.SetItem(key, quota) };
    }

    private void Put(BrokerImage broker) => _image = _image with { Brokers = _image.Brokers.SetItem(broker.Id, broker) };

    private static BrokerImage ToImage(RegisterBrokerRecord record) => new()
    {
        Id = record.BrokerId,
        Epoch = record.BrokerEpoch,
        IncarnationId = record.IncarnationId,
        Endpoints = record.EndPoints,
        Features = record.Features,
        Rack = record.Rack,
        Fenced = record.Fenced,
        InControlledShutdown = record.InControlledShutdown,
        LogDirs = [.. record.LogDirs],
        CordonedLogDirs = record.CordonedLogDirs is { } cordoned ? [.. cordoned] : null,
    };

    private static BrokerImage Changed(BrokerImage broker, BrokerRegistrationChangeRecord change) => broker with
    {
        Fenced = change.Fenced == 0 ? broker.Fenced : change.Fenced > 0,
        InControlledShutdown = broker.InControlledShutdown || change.InControlledShutdown > 0,
        LogDirs = change.LogDirs.Count == 0 ? broker.LogDirs : [.. change.LogDirs],
        CordonedLogDirs = change.CordonedLogDirs is { } cordoned ? [.. cordoned] : broker.CordonedLogDirs,
    };
}
