using System.Formats.Tar;
using Moldau.Broker.Handover;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Records;
using Moldau.Protocol.Wire;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Handover;

/// <summary>A copy of a log directory that Apache Kafka wrote, for a test to break.</summary>
internal sealed class BrokenDirectory : IDisposable
{
    public const string Metadata = "__cluster_metadata-0";
    public const string FirstLog = "00000000000000000000.log";
    public const string FirstIndex = "00000000000000000000.index";
    public const string FirstTimeIndex = "00000000000000000000.timeindex";

    private static readonly Lazy<string> Clean = new(() =>
    {
        string unpacked = Unpack("clean");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(unpacked, recursive: true);
        return unpacked;
    });

    private readonly string _root = Directory.CreateTempSubdirectory("moldau-handover-").FullName;

    /// <summary>The directory as it was after a clean stop. Its folders are links; the one that a test asks for becomes a copy.</summary>
    public BrokenDirectory()
    {
        string from = Path.Combine(Clean.Value, "log");
        Directory.CreateDirectory(Log);
        foreach (string file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(Log, Path.GetFileName(file)));
        foreach (string folder in Directory.EnumerateDirectories(from)) Directory.CreateSymbolicLink(Path.Combine(Log, Path.GetFileName(folder)), folder);
    }

    private BrokenDirectory(string fixture)
    {
        Directory.Delete(_root);
        _root = Unpack(fixture);
    }

    public string Root => _root;

    public string Log => Path.Combine(_root, "log");

    public static BrokenDirectory Of(string fixture) => new(fixture);

    public string PathOf(params string[] parts)
    {
        string path = Path.Combine([Log, .. parts]);
        string folder = Path.Combine(Log, Path.GetRelativePath(Log, path).Split('/')[0]);
        if (new DirectoryInfo(folder) is { LinkTarget: { } original })
        {
            Directory.Delete(folder);
            Copy(original, Directory.CreateDirectory(folder).FullName);
        }
        return path;
    }

    public List<Finding> Check() => CheckOf(_root);

    public static List<Finding> CheckOf(string directory)
    {
        var found = new List<Finding>();
        HandoverCheck.Run(new CheckContext(CheckedPaths.Find(directory)!, new FindingList(found.Add)));
        return found;
    }

    /// <summary>The check finds this, and says of the file or folder that Kafka would do so.</summary>
    public Finding AssertFinds(Outcome outcome, string kafkaClass, string name, string problem = "")
    {
        var found = Check();
        var match = found.Find(finding => finding.Outcome == outcome && finding.KafkaClass == kafkaClass
            && finding.File.EndsWith(name, StringComparison.Ordinal) && finding.Problem.Contains(problem, StringComparison.Ordinal));
        Assert.True(match is not null, $"Found only:\n{string.Join('\n', found)}");
        Assert.All(found, finding => Assert.True(finding is { Problem.Length: > 0, KafkaDoes.Length: > 0, Remedy.Length: > 0 }, finding.ToString()));
        return match;
    }

    public void Write(string name, string text) => File.WriteAllText(PathOf(name), text);

    public void Replace(string name, string from, string to)
    {
        string path = PathOf(name);
        string text = File.ReadAllText(path);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
    }

    public void Patch(string name, long at, params byte[] bytes)
    {
        using var file = File.OpenHandle(PathOf(name), FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.Write(file, bytes, at < 0 ? RandomAccess.GetLength(file) + at : at);
    }

    public void Append(string name, params byte[] bytes)
    {
        using var file = new FileStream(PathOf(name), FileMode.Append);
        file.Write(bytes);
    }

    public void CutEnd(string name, int bytes)
    {
        using var file = File.OpenHandle(PathOf(name), FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, RandomAccess.GetLength(file) - bytes);
    }

    /// <summary>As after a crash: Kafka recovers what lies behind the recovery point.</summary>
    public BrokenDirectory Uncleanly()
    {
        File.Delete(PathOf(".kafka_cleanshutdown"));
        return this;
    }

    /// <summary>Adds records to the metadata log, as a controller would.</summary>
    public void AppendMetadata(params MetadataRecord[] records)
    {
        using var writer = new WireWriter();
        using var batch = new BatchBuilder(new BatchOptions { BaseOffset = 586, LeaderEpoch = 1 });
        foreach (var record in records)
        {
            writer.Reset();
            record.Write(writer);
            batch.Append(1, null, writer.Written.ToArray());
        }
        Append($"{Metadata}/{FirstLog}", batch.Build().ToArray());
        File.Delete(PathOf(Metadata, "00000000000000000586.snapshot"));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static string Unpack(string fixture)
    {
        string root = Directory.CreateTempSubdirectory("moldau-handover-").FullName;
        using (var tar = Fixture.OpenBytes($"directories/{fixture}.tar")) TarFile.ExtractToDirectory(tar, root, overwriteFiles: true);
        // Preallocated and unused: 20 MB of zeros, which each copy would carry along.
        foreach (string index in (string[])[FirstIndex, FirstTimeIndex]) File.WriteAllBytes(Path.Combine(root, "log", Metadata, index), []);
        return root;
    }

    public static void Copy(string from, string to)
    {
        foreach (string folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories)) Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            File.Copy(file, copy);
            File.SetAttributes(copy, FileAttributes.Normal); // Kafka makes its snapshots read-only.
        }
    }
}
