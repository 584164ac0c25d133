namespace Moldau.Broker.Handover;

/// <summary>
/// Makes on a stopped directory the checks that Apache Kafka 4.4 makes when it loads it, and those that it ought to make, file by file.
/// A reader of its own: it opens nothing with the log engine, and changes nothing.
/// </summary>
internal static class HandoverCheck
{
    /// <exception cref="IOException">The log directory itself cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static void Run(CheckContext context)
    {
        if (!StateCheck.TryLock(context, out var held)) return;
        using (held)
        {
            MetaPropertiesCheck.Run(context);
            StateCheck.CheckCleanShutdown(context);
            StateCheck.CheckNotice(context);
            StateCheck.CheckJournal(context);
            var metadata = CheckMetadata(context);
            var offsets = new OffsetCheckpointCheck(context);
            offsets.Read();
            new FolderCheck(context, metadata, offsets).Run();
        }
    }

    /// <summary>The part of the check that is about the metadata; quick, however much data there is.</summary>
    public static MetadataLogCheck CheckMetadata(CheckContext context)
    {
        BootstrapCheck.Run(context);
        var metadata = new MetadataLogCheck(context);
        metadata.Run();
        if (Directory.Exists(Path.Combine(context.LogDirectory, MetadataLogCheck.Folder))) new QuorumStateCheck(context, metadata).Run();
        if (metadata.IsWhole) new MetadataContentCheck(context, metadata.View).Run();
        return metadata;
    }
}
