namespace Moldau.Broker.Handover;

/// <summary>Reads the small files of a directory whole.</summary>
internal static class SmallFile
{
    /// <summary>Ten million lines of a checkpoint: more partitions than any broker has.</summary>
    private const int BytesMax = 512 * 1024 * 1024;

    /// <summary>Null where there is none, or where it cannot be read and that is reported.</summary>
    public static byte[]? Read(FileFindings findings, KafkaAct unreadable)
    {
        try
        {
            var file = new FileInfo(findings.File);
            if (!Path.Exists(findings.File)) return null;
            if (!file.Exists) findings.Refused(unreadable, "It is a folder, and a file must stand here.", Remedies.Restore);
            else if (file.Length > BytesMax) findings.Refused(unreadable, $"It has {file.Length} bytes, more than such a file ever has.", Remedies.Restore);
            else return File.ReadAllBytes(findings.File);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            findings.Refused(unreadable, $"It cannot be read: {e.Message}", Remedies.MakeReadable);
        }
        return null;
    }
}
