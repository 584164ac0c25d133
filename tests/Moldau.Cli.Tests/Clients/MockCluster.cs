using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Tests.Clients;

/// <summary>The small Kafka cluster that librdkafka carries for tests: three brokers in this process, nothing on disk.</summary>
internal sealed class MockCluster : IDisposable
{
    private readonly IProducer<Null, string> _owner;
    private readonly nint _cluster;

    public MockCluster()
    {
        NativeClient.EnsureLoaded();
        var config = new ProducerConfig { BootstrapServers = "mock" };
        config.Set("test.mock.num.brokers", "3");
        _owner = new ProducerBuilder<Null, string>(config).SetLogHandler((_, _) => { }).Build();
        _cluster = MockClusterOf(((SafeHandle)LibrdkafkaHandle(_owner.Handle)).DangerousGetHandle());
        DoNotWaitForMoreMembers(_cluster);
        BootstrapServers = Marshal.PtrToStringUTF8(BootstrapsOf(_cluster))!;
    }

    public string BootstrapServers { get; }

    public void CreateTopic(string topic, int partitions) => Assert.Equal(0, Create(_cluster, topic, partitions, replicationFactor: 1));

    public void Send(string topic, int partition, DateTime utc, string text) =>
        _owner.ProduceAsync(
            new TopicPartition(topic, partition),
            new Message<Null, string> { Value = text, Timestamp = new Timestamp(utc) }).GetAwaiter().GetResult();

    public void Dispose() => _owner.Dispose();

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_LibrdkafkaHandle")]
    [return: UnsafeAccessorType("Confluent.Kafka.Impl.SafeKafkaHandle, Confluent.Kafka")]
    private static extern object LibrdkafkaHandle(Handle handle);

    private static nint MockClusterOf(nint client) => Call<nint>("rd_kafka_handle_mock_cluster", client);

    private static nint BootstrapsOf(nint cluster) => Call<nint>("rd_kafka_mock_cluster_bootstraps", cluster);

    // As Kafka does, the mock waits three seconds before a new group gets its partitions.
    private static unsafe void DoNotWaitForMoreMembers(nint cluster) =>
        ((delegate* unmanaged<nint, int, void>)Function("rd_kafka_mock_group_initial_rebalance_delay_ms"))(cluster, 0);

    private static unsafe T Call<T>(string function, nint argument) =>
        ((delegate* unmanaged<nint, T>)Function(function))(argument);

    private static nint Function(string name) => NativeLibrary.GetExport(NativeClient.Library, name);

    private static unsafe int Create(nint cluster, string topic, int partitions, int replicationFactor)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(topic);
        try
        {
            var create = (delegate* unmanaged<nint, nint, int, int, int>)Function("rd_kafka_mock_topic_create");
            return create(cluster, name, partitions, replicationFactor);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }
}
