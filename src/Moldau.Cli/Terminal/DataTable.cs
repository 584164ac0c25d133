using Spectre.Console;

namespace Moldau.Cli.Terminal;

/// <summary>Rows of data: a table for a person, fields divided by tabs when piped.</summary>
internal sealed class DataTable(Screen screen, string[] columns)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Whether the first line names the columns when nobody looks; a list of bare names is better without.</summary>
    public bool HeaderWhenPiped { get; init; } = true;

    public void Row(string[] fields) => _rows.Add([.. fields.Select(SafeText.Named)]);

    public void Write()
    {
        if (screen.IsForPerson)
        {
            var table = new Table().Border(TableBorder.Simple);
            foreach (string column in columns)
            {
                table.AddColumn(column);
            }

            foreach (string[] row in _rows)
            {
                table.AddRow([.. row.Select(f => f.EscapeMarkup())]);
            }

            screen.Render(table);
            return;
        }

        foreach (string[] row in HeaderWhenPiped ? _rows.Prepend(columns) : _rows)
        {
            screen.Data(string.Join('\t', row));
        }

        screen.Flush();
    }
}
