using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Moldau.Conformance.Clients;

/// <summary>A record as a share consumer gets it, and how often it was delivered by now.</summary>
internal readonly record struct SharedRecord(string Value, int DeliveryCount);

/// <summary>
/// librdkafka's share consumer (KIP-932), which Confluent.Kafka brings along and has no classes for: a preview, called in C. It acknowledges
/// each record by itself.
/// </summary>
internal sealed class NativeShareConsumer : IDisposable
{
    private const string Library = "librdkafka-share";
    private const int ErrorTextMax = 512;

    private readonly nint _consumer;

    static NativeShareConsumer() => NativeLibrary.SetDllImportResolver(
        typeof(NativeShareConsumer).Assembly, static (name, _, _) => name == Library && Path() is { } path ? NativeLibrary.Load(path) : 0);

    public NativeShareConsumer(string bootstrap, string group, string topic)
    {
        nint settings = rd_kafka_conf_new();
        Set(settings, "bootstrap.servers", bootstrap);
        Set(settings, "group.id", group);
        Set(settings, "share.acknowledgement.mode", "explicit");
        byte[] error = new byte[ErrorTextMax];
        _consumer = rd_kafka_share_consumer_new(settings, error, error.Length);
        if (_consumer == 0) throw new InvalidOperationException(Text(error));
        nint topics = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(topics, topic, -1);
        int refused = rd_kafka_share_subscribe(_consumer, topics);
        rd_kafka_topic_partition_list_destroy(topics);
        if (refused != 0) throw new InvalidOperationException($"librdkafka cannot subscribe to {topic}: {refused}.");
    }

    /// <summary>Whether librdkafka has a build for this machine that is known to have the preview.</summary>
    public static bool Exists => Path() is not null;

    /// <summary>Takes what comes within the time, acknowledges each record as it is told to, and waits until that is stored.</summary>
    public IReadOnlyList<SharedRecord> Poll(TimeSpan atMost, Func<SharedRecord, AcknowledgedAs> acknowledge)
    {
        Check(rd_kafka_share_poll(_consumer, (int)atMost.TotalMilliseconds, out nint messages));
        var records = new List<SharedRecord>();
        for (nuint index = 0; index < rd_kafka_messages_count(messages); index++)
        {
            nint message = rd_kafka_messages_get(messages, index);
            var fields = Marshal.PtrToStructure<Message>(message);
            if (fields.Error != 0) throw new InvalidOperationException($"librdkafka reports error {fields.Error} in place of a record.");
            var record = new SharedRecord(Marshal.PtrToStringUTF8(fields.Payload, (int)fields.Length), rd_kafka_message_delivery_count(message));
            records.Add(record);
            int refused = rd_kafka_share_acknowledge_type(_consumer, message, (int)acknowledge(record));
            if (refused != 0) throw new InvalidOperationException($"librdkafka does not acknowledge {record}: {refused}.");
        }
        rd_kafka_messages_destroy(messages);
        Check(rd_kafka_share_commit_sync(_consumer, 30_000, out nint partitions));
        if (partitions != 0) rd_kafka_topic_partition_list_destroy(partitions);
        return records;
    }

    public void Dispose()
    {
        rd_kafka_share_consumer_close(_consumer);
        rd_kafka_share_destroy(_consumer);
    }

    /// <summary>The build without SASL of its own, which needs nothing of the system.</summary>
    private static string? Path()
    {
        string path = System.IO.Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "centos8-librdkafka.so");
        return OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64 && File.Exists(path) ? path : null;
    }

    private static void Set(nint settings, string name, string value)
    {
        byte[] error = new byte[ErrorTextMax];
        if (rd_kafka_conf_set(settings, name, value, error, error.Length) != 0) throw new InvalidOperationException(Text(error));
    }

    private static void Check(nint error)
    {
        if (error == 0) return;
        string words = Marshal.PtrToStringUTF8(rd_kafka_error_string(error)) ?? "";
        rd_kafka_error_destroy(error);
        throw new Win32Exception(words);
    }

    private static string Text(byte[] zeroTerminated) => System.Text.Encoding.UTF8.GetString(zeroTerminated).TrimEnd('\0');

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Message
    {
        public readonly int Error;
        public readonly nint Topic;
        public readonly int Partition;
        public readonly nint Payload;
        public readonly nuint Length;
        public readonly nint Key;
        public readonly nuint KeyLength;
        public readonly long Offset;
    }

#pragma warning disable IDE1006 // The names are librdkafka's.
    [DllImport(Library)]
    private static extern nint rd_kafka_conf_new();

    [DllImport(Library)]
    private static extern int rd_kafka_conf_set(
        nint settings, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, byte[] error, nint errorSize);

    [DllImport(Library)]
    private static extern nint rd_kafka_share_consumer_new(nint settings, byte[] error, nint errorSize);

    [DllImport(Library)]
    private static extern nint rd_kafka_topic_partition_list_new(int size);

    [DllImport(Library)]
    private static extern nint rd_kafka_topic_partition_list_add(nint list, [MarshalAs(UnmanagedType.LPUTF8Str)] string topic, int partition);

    [DllImport(Library)]
    private static extern void rd_kafka_topic_partition_list_destroy(nint list);

    [DllImport(Library)]
    private static extern int rd_kafka_share_subscribe(nint consumer, nint topics);

    [DllImport(Library)]
    private static extern nint rd_kafka_share_poll(nint consumer, int timeoutMs, out nint messages);

    [DllImport(Library)]
    private static extern nuint rd_kafka_messages_count(nint messages);

    [DllImport(Library)]
    private static extern nint rd_kafka_messages_get(nint messages, nuint index);

    [DllImport(Library)]
    private static extern void rd_kafka_messages_destroy(nint messages);

    [DllImport(Library)]
    private static extern short rd_kafka_message_delivery_count(nint message);

    [DllImport(Library)]
    private static extern int rd_kafka_share_acknowledge_type(nint consumer, nint message, int type);

    [DllImport(Library)]
    private static extern nint rd_kafka_share_commit_sync(nint consumer, int timeoutMs, out nint partitions);

    [DllImport(Library)]
    private static extern nint rd_kafka_share_consumer_close(nint consumer);

    [DllImport(Library)]
    private static extern void rd_kafka_share_destroy(nint consumer);

    [DllImport(Library)]
    private static extern nint rd_kafka_error_string(nint error);

    [DllImport(Library)]
    private static extern void rd_kafka_error_destroy(nint error);
#pragma warning restore IDE1006
}

/// <summary>What a share consumer says of a record, in the protocol's numbers.</summary>
internal enum AcknowledgedAs
{
    Accepted = 1,
    Released = 2,
    Rejected = 3,
}
