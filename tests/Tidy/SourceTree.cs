using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Moldau.TestKit;

namespace Moldau.Tidy;

/// <summary>The files that a person wrote, as they lie on disk.</summary>
internal static class SourceTree
{
    private static readonly string[] NotOurs = ["bin", "obj", "node_modules", "artifacts", ".git", ".vs"];

    /// <summary>Every C# file that a person wrote.</summary>
    public static readonly IReadOnlyList<SourceFile> Sources =
        [.. Files("*.cs").Select(path => new SourceFile(path, File.ReadAllText(Path.Combine(Repository.Root, path))))];

    /// <summary>Paths relative to the root, with forward slashes.</summary>
    public static IEnumerable<string> Files(string pattern) => FilesUnder(new DirectoryInfo(Repository.Root), pattern)
        .Select(file => Path.GetRelativePath(Repository.Root, file.FullName).Replace('\\', '/'));

    private static IEnumerable<FileInfo> FilesUnder(DirectoryInfo directory, string pattern) => directory.EnumerateFiles(pattern)
        .Concat(directory.EnumerateDirectories().Where(inner => !NotOurs.Contains(inner.Name)).SelectMany(inner => FilesUnder(inner, pattern)));
}

/// <summary>A hand-written C# file and its syntax.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    public CompilationUnitSyntax Root { get; } = CSharpSyntaxTree.ParseText(Text).GetCompilationUnitRoot();

    public bool IsProduct => Path.StartsWith("src/", StringComparison.Ordinal);

    public int Lines => Text.AsSpan().Count('\n');

    public string At(Microsoft.CodeAnalysis.SyntaxNode node) => $"{Path}({node.GetLocation().GetLineSpan().StartLinePosition.Line + 1})";
}
