using System.Text.RegularExpressions;
using System.Xml.Linq;
using Moldau.Broker;
using Moldau.TestKit;

namespace Moldau.Tidy;

/// <summary>Rules about what may know what, and where things are.</summary>
public sealed partial class StructureRules
{
    /// <summary>The one allowed direction. What is not named here may reference nothing of ours.</summary>
    private static readonly Dictionary<string, string[]> MayReference = new()
    {
        ["Moldau.Protocol"] = ["Moldau.Protocol.Generator"],
        ["Moldau.Log"] = ["Moldau.Protocol"],
        ["Moldau.Coordination"] = ["Moldau.Protocol"],
        ["Moldau.Broker"] = ["Moldau.Protocol", "Moldau.Log", "Moldau.Coordination"],
        ["Moldau.Cli"] = ["Moldau.Protocol", "Moldau.Log", "Moldau.Coordination", "Moldau.Broker"],
    };

    /// <summary>Written in two halves, so that this file passes its own rule.</summary>
    private static readonly string[] RegistryHosts = ["nuget" + ".org", "npmjs" + ".", "pypi" + ".", "deb.debian" + ".", "pythonhosted" + "."];

    [Fact]
    public void References_point_in_the_allowed_direction()
    {
        var wrong =
            from project in SourceTree.Files("*.csproj")
            where project.StartsWith("src/", StringComparison.Ordinal)
            let name = Path.GetFileNameWithoutExtension(project)
            from reference in XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("ProjectReference")
            let target = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))
            where !MayReference.GetValueOrDefault(name, []).Contains(target)
            select $"{name} references {target}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_project_of_the_product_and_its_tests_is_in_the_solution()
    {
        string solution = File.ReadAllText(Path.Combine(Repository.Root, "Moldau.slnx"));
        var projects = SourceTree.Files("*.csproj").Where(path => path.StartsWith("src/", StringComparison.Ordinal) || path.StartsWith("tests/", StringComparison.Ordinal));
        Assert.All(projects, project => Assert.Contains(project, solution, StringComparison.Ordinal));
    }

    /// <summary>Whoever searches the name of an API finds its spec, its handler and its row in the table.</summary>
    [Fact]
    public void Every_served_api_has_a_spec_and_a_handler_of_its_name()
    {
        string[] handlers = [.. SourceTree.Files("*.cs").Where(path => path.StartsWith("src/Moldau.Broker/Handlers/", StringComparison.Ordinal))];
        string[] specs = [.. SourceTree.Files("*.msg")];
        var missing = new List<string>();
        foreach (var api in Apis.Served)
        {
            if (!handlers.Any(path => path.EndsWith($"/{api.Key}.cs", StringComparison.Ordinal))) missing.Add($"Handlers/**/{api.Key}.cs");
            if (!specs.Any(path => path.EndsWith($"/{(int)api.Key:00}_{api.Key}.msg", StringComparison.Ordinal))) missing.Add($"Spec/{(int)api.Key:00}_{api.Key}.msg");
        }
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_api_is_served_once() => Assert.Equal(Apis.Served.Length, Apis.Served.Select(api => api.Key).Distinct().Count());

    [Fact]
    public void Every_relative_link_in_a_document_leads_somewhere()
    {
        var broken =
            from path in SourceTree.Files("*.md")
            from Match link in Link().Matches(File.ReadAllText(Path.Combine(Repository.Root, path)))
            let target = link.Groups[1].Value.Split('#')[0]
            where target.Length > 0 && !target.Contains(':')
            let found = Path.Combine(Repository.Root, Path.GetDirectoryName(path)!, Uri.UnescapeDataString(target))
            where !Path.Exists(found)
            select $"{path}: {target}";
        Assert.Empty(broken);
    }

    /// <summary>A build takes its packages from wherever the machine is told to; the repository does not choose.</summary>
    [Fact]
    public void No_file_names_the_host_of_a_package_registry()
    {
        var wrong =
            from path in SourceTree.Files("*")
            where !path.EndsWith(".gz", StringComparison.Ordinal)
            let text = File.ReadAllText(Path.Combine(Repository.Root, path))
            from host in RegistryHosts
            where text.Contains(host, StringComparison.OrdinalIgnoreCase)
            select $"{path} names {host}";
        Assert.Empty(wrong);
    }

    [GeneratedRegex(@"\]\(([^)\s]+)(?: ""[^""]*"")?\)")]
    private static partial Regex Link();
}
