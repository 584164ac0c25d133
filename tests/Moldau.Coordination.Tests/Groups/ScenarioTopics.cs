using System.Collections.Immutable;
using System.Text;
using Moldau.Coordination.Metadata;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>The topics of a scenario. Their ids are their names in bytes, so that a trace can name them; one that is made again has another.</summary>
internal static class ScenarioTopics
{
    public static ClusterImage With(this ClusterImage image, string name, int partitions, string? id = null)
    {
        var topic = new TopicImage(name, IdOf(id ?? name), [.. Enumerable.Range(0, partitions).Select(Partition)]);
        return image with
        {
            Topics = image.Topics with { ById = image.Topics.ById.SetItem(topic.Id, topic), ByName = image.Topics.ByName.SetItem(name, topic) },
        };
    }

    public static TopicImage Find(this ClusterImage image, string name) => image.Topics.ByName.GetValueOrDefault(name) ?? new(name, IdOf(name), []);

    public static ClusterImage Without(this ClusterImage image, string name) => image with
    {
        Topics = image.Topics with { ById = image.Topics.ById.Remove(image.Find(name).Id), ByName = image.Topics.ByName.Remove(name) },
    };

    public static ClusterImage WithGroupConfig(this ClusterImage image, string group, string key, string value)
    {
        var resource = new ConfigResource(ConfigResourceType.Group, group);
        return image with { Configs = image.Configs.SetItem(resource, image.ConfigOf(resource).SetItem(key, value)) };
    }

    public static Guid IdOf(string name)
    {
        byte[] bytes = new byte[16];
        Encoding.ASCII.GetBytes(name, bytes);
        return new Guid(bytes, bigEndian: true);
    }

    public static string NameOf(Guid id) => Encoding.ASCII.GetString(id.ToByteArray(bigEndian: true)).TrimEnd('\0');

    private static PartitionImage Partition(int index) => new()
    {
        Index = index,
        Replicas = [1],
        Isr = [1],
        Leader = 1,
        LeaderEpoch = 2,
        PartitionEpoch = 0,
    };
}
