using Spectre.Console;

namespace Moldau.Cli.Terminal;

/// <summary>Rows of data: a table for a person, fields divided by tabs when piped.</summary>
internal sealed class DataTable(Screen screen, string[] columns)
{
    private readonly List<string[]> _rows = [];

    /// <summary>When nobody looks only the first field of each row is written, and no line with the columns' names.</summary>
    public bool IsOfNames { get; init; }

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

        foreach (string line in IsOfNames ? _rows.Select(row => row[0]) : _rows.Prepend(columns).Select(row => string.Join('\t', row)))
        {
            screen.Data(line);
        }

        screen.Flush();
    }
}
