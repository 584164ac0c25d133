using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Moldau.Protocol.Generator;

/// <summary>Turns each spec file (<c>Spec/**/*.msg</c>) into a file of message classes while Moldau.Protocol is compiled.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class MessageGenerator : IIncrementalGenerator
{
    private static readonly DiagnosticDescriptor BadSpec = new(
        "MOLDAU001", "A message spec cannot be used", "{0}: {1}", "Moldau.Protocol", DiagnosticSeverity.Error, isEnabledByDefault: true);

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var specs = context.AdditionalTextsProvider
            .Where(file => file.Path.EndsWith(".msg", StringComparison.Ordinal))
            .Select((file, cancellation) => (file.Path, Text: file.GetText(cancellation)?.ToString() ?? ""));
        context.RegisterSourceOutput(specs, (output, spec) => Generate(output, spec.Path, spec.Text));
    }

    private static void Generate(SourceProductionContext output, string path, string text)
    {
        try
        {
            string folder = Path.GetFileName(Path.GetDirectoryName(path)!);
            output.AddSource($"{folder}_{Path.GetFileNameWithoutExtension(path)}.g.cs", SourceText.From(MessageEmitter.Emit(SpecParser.Parse(text)), Encoding.UTF8));
        }
        catch (FormatException e)
        {
            output.ReportDiagnostic(Diagnostic.Create(BadSpec, Location.None, path, e.Message));
        }
    }
}
