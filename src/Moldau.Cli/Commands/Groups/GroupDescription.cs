using System.Globalization;
using System.Text.Json;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands.Groups;

/// <summary>What is shown of a group; there is one for each kind of groups.</summary>
internal abstract class GroupDescription<T>(Screen screen, T group)
    where T : GroupView
{
    protected Screen Screen => screen;

    protected T Group => group;

    /// <summary>What is counted of a group of this kind; null where there is nothing yet that has an epoch.</summary>
    protected virtual (string Name, string Field, int? Value)[] Epochs => [];

    /// <summary>The group, and then all that it has.</summary>
    public void Write(OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            screen.Data(JsonLine.Of(WriteProperties));
        }
        else
        {
            PropertyLines.Write(screen, [.. Properties().Where(property => property.Value.Length > 0)]);
        }

        WriteParts(format);
    }

    protected abstract void WriteParts(OutputFormat format);

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

    private (string Name, string Value)[] Properties() =>
    [
        ("group", group.Name), ("type", group.Type), ("state", group.State), ("assignor", group.Assignor),
        .. Epochs.Select(epoch => (epoch.Name, Text((long?)epoch.Value) ?? "none")), ("coordinator", group.Coordinator),
    ];

    private void WriteProperties(Utf8JsonWriter json)
    {
        json.WriteString("group", group.Name);
        json.WriteString("type", group.Type);
        json.WriteString("state", group.State);
        json.WriteString("assignor", group.Assignor.Length > 0 ? group.Assignor : null);
        json.WriteString("coordinator", group.Coordinator);
        foreach (var (_, field, value) in Epochs)
        {
            json.WriteNumberOrNull(field, value);
        }
    }
}
