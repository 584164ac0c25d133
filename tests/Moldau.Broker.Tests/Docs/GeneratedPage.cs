using Moldau.TestKit;

namespace Moldau.Broker.Tests.Docs;

/// <summary>A page of the documentation that is derived from the code. With MOLDAU_UPDATE_DOCS=1 it is written, else compared.</summary>
internal static class GeneratedPage
{
    public static void Check(string path, string expected)
    {
        string file = Path.Combine(Repository.Root, path);
        if (Environment.GetEnvironmentVariable("MOLDAU_UPDATE_DOCS") == "1") File.WriteAllText(file, expected);
        string actual = File.Exists(file) ? File.ReadAllText(file) : "";
        Assert.True(expected == actual, $"{path} is not what the code says. Run this with MOLDAU_UPDATE_DOCS=1 and read the difference.");
    }
}
