using System.Text.Json;

namespace Moldau.Cli.Terminal;

/// <summary>Things that are alike, each a row or a line of JSON.</summary>
internal sealed class Listing<T>(Screen screen, params string[] columns)
{
    public required Func<T, string[]> Row { get; init; }

    public required Action<Utf8JsonWriter, T> Json { get; init; }

    /// <inheritdoc cref="DataTable.IsOfNames"/>
    public bool IsOfNames { get; init; }

    /// <param name="format">What is asked for.</param>
    /// <param name="all">In their order.</param>
    /// <param name="none">What a person is told where there are none; null where that goes without saying.</param>
    public void Write(OutputFormat format, IReadOnlyCollection<T> all, string? none = null)
    {
        if (format == OutputFormat.Json)
        {
            WriteJson(all);
        }
        else if (all.Count > 0)
        {
            WriteTable(all);
        }
        else if (none is not null)
        {
            screen.Note(none);
        }
    }

    private void WriteJson(IEnumerable<T> all)
    {
        foreach (var one in all)
        {
            screen.Data(JsonLine.Of(json => Json(json, one)));
        }
    }

    private void WriteTable(IEnumerable<T> all)
    {
        var table = new DataTable(screen, columns) { IsOfNames = IsOfNames };
        foreach (var one in all)
        {
            table.Row(Row(one));
        }

        table.Write();
    }
}
