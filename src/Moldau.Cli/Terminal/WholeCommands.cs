using System.Text.RegularExpressions;
using Spectre.Console.Rendering;

namespace Moldau.Cli.Terminal;

/// <summary>
/// Sentences broken between words, and not within a command between backticks unless it is longer than a line: what is copied of a broken one would run as its
/// first half.
/// </summary>
internal sealed class WholeCommands(IRenderable sentences) : IRenderable
{
    /// <summary>Stands for a blank while lines are broken. It is no character, and no name is shown with it.</summary>
    public const char Blank = '\ufdd0';

    public static string Bind(string text) => Regex.Replace(text, "`[^`]*`", command => command.Value.Replace(' ', Blank));

    public Measurement Measure(RenderOptions options, int maxWidth) => sentences.Measure(options, maxWidth);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => sentences
        .Render(options, maxWidth)
        .Select(segment => segment.Text.Contains(Blank) ? new Segment(segment.Text.Replace(Blank, ' '), segment.Style) : segment);
}
