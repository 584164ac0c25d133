using System.Globalization;
using System.Text.RegularExpressions;

namespace Moldau.Broker.Handover;

/// <summary>What the suffix of a folder's name says.</summary>
internal enum FolderKind
{
    Current,
    Delete,
    Future,
    Stray,
}

/// <summary>What the name of a folder in the log directory says, read as Kafka's UnifiedLog reads it.</summary>
internal readonly partial record struct PartitionFolder(string Topic, int Partition, FolderKind Kind)
{
    /// <summary>False for a name that Kafka cannot read, and then it does not start.</summary>
    public static bool TryParse(string folder, out PartitionFolder parsed)
    {
        parsed = default;
        var kind = KindOf(folder);
        if (kind != FolderKind.Current && !WithSuffix().IsMatch(folder)) return false;
        string name = kind == FolderKind.Current ? folder : folder[..folder.LastIndexOf('.')];
        int dash = name.LastIndexOf('-');
        if (dash <= 0) return false;
        // As Java reads it: a sign and leading zeros do not matter, so two folders may be one partition.
        if (!int.TryParse(name.AsSpan(dash + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int partition)) return false;
        parsed = new PartitionFolder(name[..dash], partition, kind);
        return true;
    }

    public override string ToString() => $"{Topic}-{Partition}";

    private static FolderKind KindOf(string folder)
    {
        if (folder.EndsWith("-delete", StringComparison.Ordinal)) return FolderKind.Delete;
        if (folder.EndsWith("-future", StringComparison.Ordinal)) return FolderKind.Future;
        return folder.EndsWith("-stray", StringComparison.Ordinal) ? FolderKind.Stray : FolderKind.Current;
    }

    [GeneratedRegex(@"^\S+-\S+\.\S+-(delete|future|stray)\z")]
    private static partial Regex WithSuffix();
}
