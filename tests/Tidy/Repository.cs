using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Moldau.Tidy;

/// <summary>The files of this repository, as they lie on disk.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = ["bin", "obj", "node_modules", "artifacts", ".git", ".vs"];

    public static readonly string Root = FindRoot();

    /// <summary>Every C# file that a person wrote.</summary>
    public static readonly IReadOnlyList<SourceFile> Sources =
        [.. Files("*.cs").Select(path => new SourceFile(path, File.ReadAllText(Path.Combine(Root, path))))];

    /// <summary>Paths relative to the root, with forward slashes.</summary>
    public static IEnumerable<string> Files(string pattern) => FilesUnder(new DirectoryInfo(Root), pattern)
        .Select(file => Path.GetRelativePath(Root, file.FullName).Replace('\\', '/'));

    private static IEnumerable<FileInfo> FilesUnder(DirectoryInfo directory, string pattern) => directory.EnumerateFiles(pattern)
        .Concat(directory.EnumerateDirectories().Where(inner => !NotOurs.Contains(inner.Name)).SelectMany(inner => FilesUnder(inner, pattern)));

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Moldau.slnx"))) directory = directory.Parent;
        return directory?.FullName ?? throw new DirectoryNotFoundException("The tests run outside the repository.");
    }
}

/// <summary>A hand-written C# file and its syntax.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    public CompilationUnitSyntax Root { get; } = CSharpSyntaxTree.ParseText(Text).GetCompilationUnitRoot();

    public bool IsProduct => Path.StartsWith("src/", StringComparison.Ordinal);

    public int Lines => Text.AsSpan().Count('\n');

    public string At(Microsoft.CodeAnalysis.SyntaxNode node) => $"{Path}({node.GetLocation().GetLineSpan().StartLinePosition.Line + 1})";
}
