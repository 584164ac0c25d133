namespace Moldau.Broker.Handover;

/// <summary>Reads <c>bootstrap.checkpoint</c>, which directories that an older Kafka formatted have.</summary>
internal static class BootstrapCheck
{
    private const string FileName = "bootstrap.checkpoint";

    private static readonly KafkaAct Refuses = new("BatchFileReader", "cannot read it: the broker does not start");

    public static void Run(CheckContext context)
    {
        var findings = context.Of(FileName);
        if (!Path.Exists(findings.File)) return;
        try
        {
            using var reader = new SegmentReader(findings.File, context.Window);
            var replay = new MetadataReplay(findings);
            var view = new MetadataView();
            while (reader.MoveNext())
            {
                if (reader.IsValid) replay.Take(reader, view);
                else findings.Refused(Refuses, $"The checksum of the batch at offset {reader.Current.BaseOffset} is wrong.", Remedies.Restore, reader.Position);
                if (replay.HasFailed || !reader.IsValid) return;
            }
            if (reader.End != SegmentEnd.Whole) findings.Refused(Refuses, "No whole batch begins here.", Remedies.Restore, reader.Next);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            findings.Refused(Refuses, $"It cannot be read: {e.Message}", Remedies.MakeReadable);
        }
    }
}
