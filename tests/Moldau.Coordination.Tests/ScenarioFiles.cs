using Moldau.Coordination.Tests.Groups;

namespace Moldau.Coordination.Tests;

/// <summary>
/// Folders of scenarios: each file is a conversation with a shard, and below each command what the shard decided. With MOLDAU_REWRITE=1
/// the files are written anew; the difference is then to be read.
/// </summary>
internal static class ScenarioFiles
{
    public static TheoryData<string> Names(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)!).Order()];

    public static void Check(string folder, string name, Func<string, string> play)
    {
        string path = Path.Combine(folder, name + ".txt");
        string script = File.ReadAllText(path);
        string played = play(script);
        if (Environment.GetEnvironmentVariable("MOLDAU_REWRITE") == "1") File.WriteAllText(path, played);
        else Assert.Equal(script, played);
    }

    /// <summary>Plays command by command. Comments and empty lines go to the trace as they are, former outcomes do not.</summary>
    public static string Play(string script, List<string> trace, Action<ScenarioLine> step)
    {
        foreach (string line in script.Split('\n').Where(line => !line.StartsWith("  ", StringComparison.Ordinal)))
        {
            trace.Add(line);
            if (line.Length > 0 && line[0] != '#') step(ScenarioLine.Parse(line));
        }
        return string.Join('\n', trace);
    }
}
