using System.Text.Json;
using Moldau.Log.Checkpoints;
using Moldau.Log.Files;
using Moldau.Log.Journaling;

namespace Moldau.Broker.Handover;

/// <summary>In what state the directory was left: in use, stopped cleanly or not, with or without something that only the journal holds.</summary>
internal static class StateCheck
{
    private const string LockFile = ".lock";
    private const string CleanShutdownFile = ".kafka_cleanshutdown";
    private const string JournalSuffix = ".journal";

    private static readonly KafkaAct LockRefuses = new("FileLock", "does not start as long as another process holds the lock");
    private static readonly KafkaAct Recovers = new("CleanShutdownFileHandler", "takes the stop for a crash and recovers what may not have been on disk");
    private static readonly KafkaAct NoEpoch = new("CleanShutdownFileHandler", "recovers nothing, and registers as a broker that was stopped uncleanly");
    private static readonly KafkaAct StopsAtGuard = new("LogLoader", "does not start as long as the file is there: it expects an offset before the point");
    private static readonly KafkaAct KnowsNoJournal = new("LogManager", "knows nothing of the journal: what was acknowledged and is only there would be gone after a power cut");

    /// <summary>The lock, held while the check reads; null where there is none to hold. False where another process holds it, which is reported.</summary>
    public static bool TryLock(CheckContext context, out IDisposable? held)
    {
        held = null;
        var findings = context.Of(LockFile);
        // Where there is no lock file nobody has the directory open, and the check makes none.
        if (!File.Exists(findings.File)) return true;
        try
        {
            held = new DiskFileStore().Lock(context.LogDirectory);
            return true;
        }
        catch (DirectoryInUseException)
        {
            findings.Refused(LockRefuses, "A running process holds the lock, so what the directory holds changes.", "Stop that broker first.");
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            findings.Refused(LockRefuses with { Does = "cannot take the lock, so the log directory goes offline" }, $"It cannot be opened: {e.Message}", Remedies.MakeReadable);
            return true;
        }
    }

    public static void CheckCleanShutdown(CheckContext context)
    {
        var findings = context.Of(CleanShutdownFile);
        context.WasCleanlyStopped = File.Exists(findings.File);
        if (!context.WasCleanlyStopped) findings.Repaired(Recovers, "It is missing: the directory was not stopped cleanly.");
        else if (SmallFile.Read(findings, NoEpoch) is { } bytes && !NamesBrokerEpoch(bytes)) findings.Repaired(NoEpoch, "It names no epoch of the broker.");
    }

    /// <summary>The note that Moldau leaves while its journal is needed.</summary>
    public static void CheckNotice(CheckContext context)
    {
        const string problem = "Moldau has not stopped cleanly since it put this file here.";
        string notice = HandoverNotice.PathOf(context.LogDirectory), guard = HandoverNotice.GuardPathOf(context.LogDirectory);
        if (File.Exists(guard)) context.Findings.Of(guard).Refused(StopsAtGuard, problem, Remedies.RunHandover);
        else if (File.Exists(notice)) context.Findings.Of(notice).Lost(KnowsNoJournal, problem, Remedies.RunHandover);
    }

    /// <summary>Reports every file of the journal with something in it. After a clean stop there is none.</summary>
    public static void CheckJournal(CheckContext context)
    {
        foreach (string path in JournalFiles(context.Paths))
        {
            var findings = context.Findings.Of(path);
            try
            {
                if (Holds(path)) findings.Lost(KnowsNoJournal, "The journal holds batches that the segments may not have on disk.", Remedies.RunHandover);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                findings.Lost(KnowsNoJournal, $"It cannot be read: {e.Message}", "Make it readable, and run `moldau handover DIR`.");
            }
        }
    }

    public static IEnumerable<string> JournalFiles(CheckedPaths paths) =>
        Directory.Exists(paths.Journal) ? Directory.EnumerateFiles(paths.Journal, "*" + JournalSuffix).Order(StringComparer.Ordinal) : [];

    private static bool NamesBrokerEpoch(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("brokerEpoch", out var epoch) && epoch.TryGetInt64(out _);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Whether a frame follows the header. A file that was only begun holds none.</summary>
    private static bool Holds(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[JournalFormat.FramesAt + JournalFormat.FrameHeaderBytes];
        int read = RandomAccess.Read(file, bytes, 0);
        if (JournalFormat.ReadHeader(bytes.AsSpan(0, read)) is not { } header || read < bytes.Length) return false;
        // The sequence tells a frame of this life of the file from one of a former life.
        return System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(JournalFormat.FramesAt + 8)) == header.Sequence;
    }
}
