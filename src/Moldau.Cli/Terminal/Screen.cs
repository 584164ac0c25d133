using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Moldau.Cli.Terminal;

/// <summary>
/// Where a command writes: data to standard output, everything else to standard error. Colours only where a person looks, and
/// not where NO_COLOR asks for none.
/// </summary>
internal sealed class Screen : IDisposable
{
    // Lines of data are never wrapped here: the terminal does that, and what is copied from it stays one line.
    private const int NoWrapColumns = 1_000_000;

    private readonly StreamWriter _data;
    private readonly IAnsiConsole _dataColours;
    private readonly IAnsiConsole _notes;
    private readonly bool _notesAreForPerson;
    private readonly Lock _writing = new();

    private Screen(Stream data, Audience dataFor, TextWriter notes, Audience notesFor)
    {
        _data = new StreamWriter(new DataOutput(data), new UTF8Encoding(false), bufferSize: 16_384) { AutoFlush = false };
        IsForPerson = dataFor == Audience.Person;
        _notesAreForPerson = notesFor == Audience.Person;
        _dataColours = Create(_data, dataFor);
        _notes = Create(notes, notesFor);
    }

    private enum Audience
    {
        Person,
        Program,
    }

    /// <summary>Standard output is a terminal.</summary>
    public bool IsForPerson { get; }

    /// <summary>Standard error is a terminal that colours are wanted on.</summary>
    public bool NotesHaveColours => _notes.Profile.Capabilities.Ansi;

    /// <summary>For text that others write as data, such as the parser's help; kept back until <see cref="Flush"/>.</summary>
    public TextWriter Writer => _data;

    /// <summary>Standard output in colours: for tables and the like, as wide as the terminal.</summary>
    public void Render(IRenderable table)
    {
        lock (_writing)
        {
            WithinTerminal(_dataColours, table);
            _data.Flush();
        }
    }

    /// <summary>Sentences as data: one line when piped, for a person a paragraph behind a dash, broken between words.</summary>
    public void Prose(string sentences)
    {
        string text = SafeText.Named(sentences);
        if (IsForPerson)
        {
            Render(Paragraph("[grey]-[/] ", text.EscapeMarkup()));
        }
        else
        {
            Data(text);
        }
    }

    /// <summary>A line of data, kept back until <see cref="Flush"/>.</summary>
    public void Data(string line)
    {
        lock (_writing)
        {
            _data.Write(line);
            _data.Write('\n');
        }
    }

    /// <summary>A line of data: for a person the one with markup, else the plain one.</summary>
    public void Data(string plain, string markup)
    {
        if (!IsForPerson)
        {
            Data(plain);
            return;
        }

        lock (_writing)
        {
            _dataColours.MarkupLine(markup);
        }
    }

    /// <exception cref="OutputFailedException">Some of the data was not written, now or at an earlier time.</exception>
    public void Flush()
    {
        lock (_writing)
        {
            _data.Flush();
        }
    }

    /// <summary>Lines on standard error, in Spectre's markup, after the data so far; for a person broken between words. No control character gets through.</summary>
    public void Note(params string[] markup)
    {
        FlushBeforeNote();
        Tell(Sentences(string.Concat(markup.Select(line => $"{SafeText.Named(line)}\n"))));
    }

    /// <summary>
    /// A line on standard error that the next one replaces, for work that takes long; only where a person looks. An empty one clears it.
    /// </summary>
    public void Status(string text)
    {
        if (!_notesAreForPerson || IsDumb) return;
        string line = SafeText.Named(text[..Math.Min(text.Length, Math.Max(0, Console.WindowWidth - 1))]);
        WriteNote(() =>
        {
            _notes.Profile.Out.Writer.Write($"\r\x1b[2K{line}");
            _notes.Profile.Out.Writer.Flush();
        });
    }

    public void Failure(string happened, string remedy) => Failure([happened], remedy);

    /// <summary>What happened a line each.</summary>
    public void Failure(IReadOnlyCollection<string> happened, string remedy)
    {
        FlushBeforeNote();
        string margin = "[red]moldau:[/] ";
        foreach (string line in FailureLines.Of(happened).Concat(FailureLines.Of(remedy.Length > 0 ? [remedy] : [])))
        {
            string text = line.EscapeMarkup();
            Tell(_notesAreForPerson ? Paragraph(margin, text) : Sentences($"{margin}{text}\n"));
            margin = "        ";
        }
    }

    public static Screen Standard() => new(
        StandardOutput.Open(),
        Console.IsOutputRedirected ? Audience.Program : Audience.Person,
        StandardError(),
        Console.IsErrorRedirected ? Audience.Program : Audience.Person);

    /// <summary>As when both outputs are piped.</summary>
    public static Screen Piped(Stream data, TextWriter notes) => new(data, Audience.Program, notes, Audience.Program);

    public void Dispose()
    {
        try
        {
            _data.Dispose();
        }
        catch (OutputFailedException)
        {
            // The command's end has flushed, and told it.
        }
    }

    private void FlushBeforeNote()
    {
        try
        {
            Flush();
        }
        catch (OutputFailedException)
        {
            // It is told by the next one that writes data, or at the command's end.
        }
    }

    private void Tell(IRenderable what) => WriteNote(() =>
    {
        if (_notesAreForPerson)
        {
            WithinTerminal(_notes, what);
        }
        else
        {
            _notes.Write(what);
        }
    });

    private void WriteNote(Action write)
    {
        lock (_writing)
        {
            try
            {
                write();
            }
            catch (Exception e) when (IsNoPlaceToWrite(e))
            {
                // There is no other place to say so, and the work goes on.
            }
        }
    }

    private static TextWriter StandardError()
    {
        try
        {
            return Console.Error;
        }
        catch (Exception e) when (IsNoPlaceToWrite(e))
        {
            return TextWriter.Null;
        }
    }

    /// <summary>It is full, or was closed, or opened for reading only.</summary>
    private static bool IsNoPlaceToWrite(Exception e) => e is IOException or UnauthorizedAccessException;

    private static Grid Paragraph(string margin, string markup) => new Grid()
        .AddColumn(new GridColumn().NoWrap().Padding(0, 0, 0, 0))
        .AddColumn(new GridColumn().Padding(0, 0, 0, 0))
        .AddRow(new Markup(margin), Sentences(markup));

    private static WholeCommands Sentences(string markup) => new(new Markup(WholeCommands.Bind(markup)));

    private static void WithinTerminal(IAnsiConsole console, IRenderable what)
    {
        // The window may have got another size since, and some terminals have none.
        console.Profile.Width = Console.WindowWidth is > 0 and int columns ? columns : NoWrapColumns;
        console.Write(what);
        console.Profile.Width = NoWrapColumns;
    }

    private static bool IsDumb => Environment.GetEnvironmentVariable("TERM") is "dumb";

    private static IAnsiConsole Create(TextWriter writer, Audience audience)
    {
        bool colours = audience == Audience.Person
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && !IsDumb;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colours ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = NoWrapColumns;
        return console;
    }
}
