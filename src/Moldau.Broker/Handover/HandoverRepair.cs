using System.Globalization;
using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Broker.Topics;
using Moldau.Log.Checkpoints;
using Moldau.Log.Files;

namespace Moldau.Broker.Handover;

/// <summary>Brings a directory into the state in which Kafka may take it over, with the engine that wrote it.</summary>
internal static class HandoverRepair
{
    /// <summary>
    /// Whether there is something to do: the last stop was not clean, the journal is not empty, or Kafka's replay of the metadata's tail
    /// would go wrong. What is well is left as it is.
    /// </summary>
    public static bool IsNeeded(CheckedPaths paths, out CheckedIdentity? identity)
    {
        var context = new CheckContext(paths, new FindingList(_ => { }));
        MetaPropertiesCheck.Run(context);
        identity = context.Identity;
        StateCheck.CheckCleanShutdown(context);
        if (!context.WasCleanlyStopped || StateCheck.JournalFiles(paths).Any() || HandoverNotice.IsThere(new DiskFileStore(), paths.Log)) return true;
        return HandoverCheck.CheckMetadata(context).View.NeedsSnapshot;
    }

    /// <summary>
    /// Opens the directory, which replays the journal and recovers the logs, and stops it cleanly: everything on disk, checkpoints and
    /// the mark of the clean stop written, and a snapshot of the metadata where Kafka would replay its tail wrongly.
    /// </summary>
    /// <exception cref="IOException">The directory is in use, cannot be read or written, or holds what the broker cannot run.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory is not this process's to write.</exception>
    public static async Task RunAsync(CheckedPaths paths, CheckedIdentity identity, TimeProvider time, ILoggerFactory loggers)
    {
        var options = new KafkaBrokerOptions();
        options.Properties["log.dirs"] = paths.Log;
        options.Properties["moldau.journal.dir"] = paths.Journal;
        options.Properties["node.id"] = identity.NodeId.ToString(CultureInfo.InvariantCulture);
        var storage = await BrokerStorage.OpenAsync(BrokerConfig.Load(options), time, () => [], loggers).ConfigureAwait(false);
        await storage.DisposeAsync().ConfigureAwait(false);
    }
}
