using System.Globalization;
using System.Text.Json;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands.Groups;

/// <summary>What is shown of a group; there is one for each kind of groups.</summary>
internal abstract class GroupDescription(Screen screen)
{
    public abstract void WriteText();

    /// <summary>A line for the group, and one for each thing that it has.</summary>
    public abstract void WriteJson();

    /// <summary>Those that are not known are left out.</summary>
    protected void WriteProperties(params (string Name, string Value)[] properties)
    {
        int width = properties.Max(property => property.Name.Length) + 1;
        foreach (var (name, value) in properties.Where(property => property.Value.Length > 0))
        {
            screen.Data($"{name}\t{SafeText.Named(value)}", $"[grey]{name.PadRight(width)}[/]{SafeText.Named(value).EscapeMarkup()}");
        }
    }

    protected void WriteJson(GroupView group, Action<Utf8JsonWriter> writeMore) => screen.Data(JsonLine.Of(json =>
    {
        json.WriteString("group", group.Name);
        json.WriteString("type", group.Type);
        json.WriteString("state", group.State);
        json.WriteString("assignor", group.Assignor.Length > 0 ? group.Assignor : null);
        json.WriteString("coordinator", group.Coordinator);
        writeMore(json);
    }));

    protected static void Write(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    protected static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    protected static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
