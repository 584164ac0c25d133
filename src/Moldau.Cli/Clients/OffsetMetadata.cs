using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>
/// Commits and reads offsets together with their metadata. Kafka keeps a text beside each committed offset and librdkafka hands it
/// through, but the .NET client drops it; so these two calls go to the client's own native handle.
/// </summary>
internal static unsafe partial class OffsetMetadata
{
    private const long NoOffset = -1_001;

    /// <summary>One OffsetCommit request for all positions: the broker writes them as one batch, all or none.</summary>
    /// <exception cref="KafkaException">Refused, or not answered in time: then it may yet take effect.</exception>
    public static void Commit<TKey, TValue>(
        IConsumer<TKey, TValue> consumer, string topic, IEnumerable<CommittedPosition> positions, TimeSpan timeout)
    {
        using var list = new PartitionList(topic, [.. positions]);
        using var client = new Borrowed(consumer.Handle);
        // Not the client's own synchronous commit: without a coordinator that waits for more than an hour.
        nint answers = NewQueue(client.Pointer);
        nint answer = 0;
        try
        {
            ThrowOnError(CommitToQueue(client.Pointer, list.Pointer, answers, callback: 0, opaque: 0));
            answer = PollQueue(answers, (int)timeout.TotalMilliseconds);
            ThrowOnError(answer == 0 ? (int)ErrorCode.Local_TimedOut : ErrorOf(answer));
            PartitionList.ThrowOnError(PartitionsOf(answer), topic);
        }
        finally
        {
            if (answer != 0)
            {
                DestroyEvent(answer);
            }

            DestroyQueue(answers);
        }
    }

    public static IReadOnlyList<CommittedPosition> Committed<TKey, TValue>(
        IConsumer<TKey, TValue> consumer, string topic, IEnumerable<int> partitions, TimeSpan timeout)
    {
        using var list = new PartitionList(topic, [.. partitions.Select(p => new CommittedPosition(p, null, ""))]);
        using var client = new Borrowed(consumer.Handle);
        ThrowOnError(Committed(client.Pointer, list.Pointer, (int)timeout.TotalMilliseconds));
        PartitionList.ThrowOnError(list.Pointer, topic);
        return list.Read();
    }

    private static void ThrowOnError(int code)
    {
        if ((ErrorCode)code != ErrorCode.NoError)
        {
            throw new KafkaException(new Error((ErrorCode)code));
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_LibrdkafkaHandle")]
    [return: UnsafeAccessorType("Confluent.Kafka.Impl.SafeKafkaHandle, Confluent.Kafka")]
    private static extern object LibrdkafkaHandle(Handle handle);

    [LibraryImport(NativeClient.Name, EntryPoint = "rd_kafka_commit_queue")]
    private static partial int CommitToQueue(nint client, ListHeader* offsets, nint queue, nint callback, nint opaque);

    [LibraryImport(NativeClient.Name, EntryPoint = "rd_kafka_queue_new")]
    private static partial nint NewQueue(nint client);

    [LibraryImport(NativeClient.Name, EntryPoint = "rd_kafka_queue_poll")]
    private static partial nint PollQueue(nint queue, int timeoutMs);

    [LibraryImport(NativeClient.Name, EntryPoint = "rd_kafka_queue_destroy")]
    private static partial void DestroyQueue(nint queue);

    [LibraryImport(NativeClient.Name, EntryPoint = "rd_kafka_event_error")]
    private static partial int ErrorOf(nint answer);

    [LibraryImport(NativeClient.Name, EntryPoint = "rd_kafka_event_topic_partition_list")]
    private static partial ListHeader* PartitionsOf(nint answer);

    [LibraryImport(NativeClient.Name, EntryPoint = "rd_kafka_event_destroy")]
    private static partial void DestroyEvent(nint answer);

    [LibraryImport(NativeClient.Name, EntryPoint = "rd_kafka_committed")]
    private static partial int Committed(nint client, ListHeader* partitions, int timeoutMs);

    [LibraryImport(NativeClient.Name, EntryPoint = "rd_kafka_topic_partition_list_new")]
    private static partial ListHeader* NewList(int size);

    [LibraryImport(NativeClient.Name, EntryPoint = "rd_kafka_topic_partition_list_add", StringMarshalling = StringMarshalling.Utf8)]
    private static partial Element* Add(ListHeader* list, string topic, int partition);

    [LibraryImport(NativeClient.Name, EntryPoint = "rd_kafka_topic_partition_list_destroy")]
    private static partial void Destroy(ListHeader* list);

    [LibraryImport(NativeClient.Name, EntryPoint = "rd_kafka_mem_malloc")]
    private static partial byte* Allocate(nint client, nuint size);

    // rd_kafka_topic_partition_list_t
    [StructLayout(LayoutKind.Sequential)]
    private struct ListHeader
    {
        public int Count;
        public int Size;
        public Element* Elements;
    }

    // rd_kafka_topic_partition_t
    [StructLayout(LayoutKind.Sequential)]
    private struct Element
    {
        public byte* Topic;
        public int Partition;
        public long Offset;
        public byte* Metadata;
        public nuint MetadataSize;
        public void* Opaque;
        public int Error;
        public void* Private;
    }

    /// <summary>Keeps the client's handle alive while a native call uses it.</summary>
    private readonly ref struct Borrowed
    {
        private readonly SafeHandle _handle;

        public Borrowed(Handle handle)
        {
            _handle = (SafeHandle)LibrdkafkaHandle(handle);
            bool added = false;
            _handle.DangerousAddRef(ref added);
            Pointer = _handle.DangerousGetHandle();
        }

        public nint Pointer { get; }

        public void Dispose() => _handle.DangerousRelease();
    }

    private readonly ref struct PartitionList
    {
        public PartitionList(string topic, CommittedPosition[] positions)
        {
            Pointer = NewList(positions.Length);
            foreach (var position in positions)
            {
                var element = Add(Pointer, topic, position.Partition);
                element->Offset = position.Offset ?? NoOffset;
                byte[] metadata = Encoding.UTF8.GetBytes(position.Metadata);
                // The list frees the metadata of its elements, so it must come from librdkafka's own allocator.
                element->Metadata = Allocate(0, (nuint)metadata.Length + 1);
                metadata.CopyTo(new Span<byte>(element->Metadata, metadata.Length));
                element->Metadata[metadata.Length] = 0;
                element->MetadataSize = (nuint)metadata.Length;
            }
        }

        public ListHeader* Pointer { get; }

        public static void ThrowOnError(ListHeader* list, string topic)
        {
            foreach (var element in ElementsOf(list))
            {
                if (element.Error != 0)
                {
                    var partition = new TopicPartition(topic, element.Partition);
                    throw new TopicPartitionException([new(partition, new Error((ErrorCode)element.Error))]);
                }
            }
        }

        public List<CommittedPosition> Read()
        {
            var read = new List<CommittedPosition>();
            foreach (var element in ElementsOf(Pointer))
            {
                string metadata = element.Metadata is null ? "" : Encoding.UTF8.GetString(element.Metadata, (int)element.MetadataSize);
                read.Add(new CommittedPosition(element.Partition, element.Offset >= 0 ? element.Offset : null, metadata));
            }

            return read;
        }

        public void Dispose() => Destroy(Pointer);

        private static ReadOnlySpan<Element> ElementsOf(ListHeader* list) => list is null ? [] : new(list->Elements, list->Count);
    }
}
