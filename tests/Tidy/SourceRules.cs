using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Moldau.Tidy;

/// <summary>Rules that keep every file small enough to read. There is no list of exceptions.</summary>
public sealed class SourceRules
{
    private const int FileLinesMax = 500;
    private const int FunctionLinesMax = 60;
    private const int ParametersMax = 6;

    private static readonly string[] EmptyNames = ["Util", "Helper", "Manager"];

    private static readonly string[] Reminders = ["TODO", "FIXME", "HACK", "XXX"];

    [Fact]
    public void No_file_is_longer_than_500_lines() =>
        AssertNone(SourceTree.Sources.Where(file => file.Lines > FileLinesMax).Select(file => $"{file.Path}: {file.Lines} lines"));

    [Fact]
    public void No_function_is_longer_than_60_lines() => AssertNone(
        from found in Nodes<SyntaxNode>()
        where found.Node is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax
        let lines = LinesOf(found.Node)
        where lines > FunctionLinesMax
        select $"{found.File.At(found.Node)}: {lines} lines");

    [Fact]
    public void No_function_takes_more_than_6_parameters() => AssertNone(
        from found in Nodes<ParameterListSyntax>()
        where found.Node.Parent is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or ClassDeclarationSyntax
        where found.Node.Parameters.Count > ParametersMax && !IsLogEvent(found.Node.Parent)
        select $"{found.File.At(found.Node)}: {found.Node.Parameters.Count} parameters");

    [Fact]
    public void No_public_method_of_a_public_type_takes_a_bool() => AssertNone(
        from found in Nodes<MethodDeclarationSyntax>()
        where found.File.IsProduct && IsPublic(found.Node) && found.Node.Ancestors().OfType<BaseTypeDeclarationSyntax>().All(IsPublic)
        where found.Node.ParameterList.Parameters.Any(parameter => parameter.Type?.ToString() == "bool")
        select $"{found.File.At(found.Node)}: {found.Node.Identifier}");

    [Fact]
    public void No_type_is_spread_over_several_hand_written_files() => AssertNone(
        from found in Nodes<TypeDeclarationSyntax>()
        where found.Node.Modifiers.Any(SyntaxKind.PartialKeyword)
        group found.File.Path by FullName(found.Node) into files
        where files.Distinct().Count() > 1
        select $"{files.Key}: {string.Join(", ", files.Distinct())}");

    [Fact]
    public void No_file_is_folded_into_regions() => AssertNone(
        from file in SourceTree.Sources
        from region in file.Root.DescendantNodes(descendIntoTrivia: true).OfType<RegionDirectiveTriviaSyntax>()
        select file.At(region));

    [Fact]
    public void No_name_says_nothing() => AssertNone(
        from found in Nodes<BaseTypeDeclarationSyntax>()
        from name in EmptyNames
        where found.Node.Identifier.Text.Contains(name, StringComparison.Ordinal)
        select $"{found.File.At(found.Node)}: {found.Node.Identifier}");

    [Fact]
    public void No_comment_is_a_reminder() => AssertNone(
        from comment in Comments()
        from word in Reminders
        where comment.Text.Contains(word, StringComparison.Ordinal)
        select $"{comment.Place}: {comment.Text}");

    [Fact]
    public void No_comment_is_code() => AssertNone(
        from comment in Comments()
        where IsStatement(comment.Text.TrimStart('/').Trim())
        select $"{comment.Place}: {comment.Text}");

    private static IEnumerable<(SourceFile File, T Node)> Nodes<T>() where T : SyntaxNode =>
        from file in SourceTree.Sources
        from node in file.Root.DescendantNodes().OfType<T>()
        select (file, node);

    private static IEnumerable<(string Place, string Text)> Comments() =>
        from file in SourceTree.Sources
        from trivia in file.Root.DescendantTrivia()
        where trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) || trivia.IsKind(SyntaxKind.MultiLineCommentTrivia)
        select ($"{file.Path}({trivia.GetLocation().GetLineSpan().StartLinePosition.Line + 1})", trivia.ToString());

    private static bool IsStatement(string text) =>
        text is [.., ';' or '}'] && !SyntaxFactory.ParseStatement(text).ContainsDiagnostics;

    private static int LinesOf(SyntaxNode node)
    {
        var span = node.GetLocation().GetLineSpan();
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    private static bool IsPublic(MemberDeclarationSyntax member) => member.Modifiers.Any(SyntaxKind.PublicKeyword);

    /// <summary>A log event has a parameter for each value that it names.</summary>
    private static bool IsLogEvent(SyntaxNode? node) =>
        node is MethodDeclarationSyntax method && method.AttributeLists.ToString().Contains("LoggerMessage", StringComparison.Ordinal);

    private static string FullName(TypeDeclarationSyntax type) => string.Join('.', type.AncestorsAndSelf().Reverse().Select(node => node switch
    {
        BaseNamespaceDeclarationSyntax space => space.Name.ToString(),
        TypeDeclarationSyntax declared => declared.Identifier.Text + declared.TypeParameterList,
        _ => null,
    }).Where(name => name is not null));

    private static void AssertNone(IEnumerable<string> found)
    {
        string[] all = [.. found.Distinct()];
        Assert.True(all.Length == 0, $"{all.Length} found:\n{string.Join('\n', all)}");
    }
}
