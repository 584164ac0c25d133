namespace Moldau.Conformance.KafkaDirectories;

/// <summary>The kinds of records in a file of the metadata log, by Kafka's numbers, in short words that show their order.</summary>
internal static class MetadataFile
{
    private const int NoOpRecord = 20;

    /// <summary>A line for each batch: <c>control 2,5,6</c> or <c>23v0,12v0,24v0</c>. Records that say nothing are left out, with their batches.</summary>
    public static List<string> Kinds(IEnumerable<LogFileBatch> batches) =>
        [.. batches.Select(Kinds).Where(line => line.Length > 0)];

    /// <summary>Type and version of a metadata record: two unsigned varints behind that of the frame. All are below 128 so far.</summary>
    public static (int Type, int Version) KindOf(LogFileRecord record)
    {
        Assert.Equal(1, record.Value![0]);
        return (record.Value[1], record.Value[2]);
    }

    private static string Kinds(LogFileBatch batch) => batch.IsControl
        ? $"control {string.Join(',', batch.Records.Select(record => record.Key![3]))}"
        : string.Join(',', batch.Records.Select(KindOf).Where(kind => kind.Type != NoOpRecord).Select(kind => $"{kind.Type}v{kind.Version}"));
}
