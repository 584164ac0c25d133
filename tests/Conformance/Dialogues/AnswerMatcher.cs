using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Moldau.Conformance.Dialogues;

/// <summary>
/// Holds an answer to the recorded one. Lists are compared without regard to order, except records and batches. Every method returns
/// null where the answer fits, else where and how it differs.
/// </summary>
internal sealed class AnswerMatcher(string connection, TimeProvider time)
{
    private const long HourMs = 3_600_000;

    private static readonly string[] OrderedLists = ["records", "batches"];

    public string? Match(JsonNode? expected, JsonNode? actual, Placeholders names, string path = "") => expected switch
    {
        JsonObject template when template["${contains}"] is JsonArray elements => actual is JsonArray list
            ? MatchInAnyOrder(elements, list, names, path)
            : $"{path}: {Short(actual)} is no list",
        JsonObject template => MatchObject(template, actual, names, path),
        JsonArray template => MatchList(template, actual, names, path),
        JsonValue template when template.TryGetValue(out string? text) => MatchText(text, actual, names, path),
        _ => JsonNode.DeepEquals(expected, actual) ? null : Differs(expected, actual, path),
    };

    private string? MatchObject(JsonObject template, JsonNode? actual, Placeholders names, string path)
    {
        if (actual is not JsonObject value) return $"{path}: {Short(actual)} instead of an object";
        foreach (var (name, _) in template)
            if (!value.ContainsKey(name)) return $"{path}.{name}: missing";
        foreach (var (name, field) in value)
            if (!template.ContainsKey(name)) return $"{path}.{name}: not expected ({Short(field)})";
        foreach (var (name, field) in template)
            if (Match(field, value[name], names, $"{path}.{name}") is { } difference) return difference;
        return null;
    }

    private string? MatchList(JsonArray template, JsonNode? actual, Placeholders names, string path)
    {
        if (actual is not JsonArray list) return $"{path}: {Short(actual)} instead of a list";
        if (list.Count != template.Count) return $"{path}: {list.Count} elements instead of {template.Count}: {Short(actual)}";
        var inOrder = names.Try();
        string? first = null;
        for (int i = 0; i < list.Count && first is null; i++) first = Match(template[i], list[i], inOrder, $"{path}[{i}]");
        if (first is null)
        {
            names.Accept(inOrder);
            return null;
        }
        if (OrderedLists.Contains(path[(path.LastIndexOf('.') + 1)..])) return first;
        return MatchInAnyOrder(template, list, names, path) is null ? null : first;
    }

    /// <summary>Each template takes an element of its own. Those with the fewest open names choose first: they are the least free.</summary>
    private string? MatchInAnyOrder(JsonArray templates, JsonArray list, Placeholders names, string path)
    {
        var left = list.ToList();
        foreach (var template in templates.OrderBy(template => OpenNames(template, names)))
        {
            int found = left.FindIndex(element => Fits(template, element, names));
            if (found < 0) return $"{path}: no element like {Short(template, 300)} in {Short(list, 600)}";
            left.RemoveAt(found);
        }
        return null;
    }

    private bool Fits(JsonNode? template, JsonNode? element, Placeholders names)
    {
        var trial = names.Try();
        if (Match(template, element, trial) is not null) return false;
        names.Accept(trial);
        return true;
    }

    private string? MatchText(string text, JsonNode? actual, Placeholders names, string path)
    {
        if (Placeholders.WholeName(text) is { } name) return MatchPlaceholder(name, actual, names, path);
        if (actual is not JsonValue value || !value.TryGetValue(out string? found)) return $"{path}: {Short(actual)} instead of '{text}'";
        return Placeholders.NamesIn(text).Count > 0 ? MatchPattern(text, found, names, path)
            : text == found ? null
            : $"{path}: '{found}' instead of '{text}'";
    }

    private string? MatchPlaceholder(string name, JsonNode? actual, Placeholders names, string path)
    {
        switch (name)
        {
            case "any": return null;
            case "text": return TextOf(actual) is { Length: > 0 } ? null : $"{path}: {Short(actual)} is no text";
            case "now":
                bool near = actual is JsonValue value && value.TryGetValue(out long ms) && Math.Abs(ms - time.GetUtcNow().ToUnixTimeMilliseconds()) < HourMs;
                return near ? null : $"{path}: {Short(actual)} is no time near now";
            case "scramServerFinal": return At(path, names.Scram[connection].CheckServerFinal(Bytes(actual)));
        }
        if (name.StartsWith("scramServerFirst", StringComparison.Ordinal))
            return At(path, names.Scram[connection].NoteServerFirst(Bytes(actual), iterations: name.Split(':')[1]));
        if (names.IsBound(name))
            return JsonNode.DeepEquals(names[name], actual) ? null : $"{path}: {Short(actual)}, but ${{{name}}} was {Short(names[name])}";
        if (actual is not JsonValue) return $"{path}: {Short(actual)} cannot be what ${{{name}}} stands for";
        if (name.StartsWith("topicId", StringComparison.Ordinal) && TextOf(actual) == "AAAAAAAAAAAAAAAAAAAAAA") return $"{path}: the zero topic id";
        names[name] = actual;
        return null;
    }

    /// <summary>A text with placeholders inside: bound ones stand for their value, others take what is between their neighbours.</summary>
    private static string? MatchPattern(string text, string found, Placeholders names, string path)
    {
        var pattern = new StringBuilder("^");
        var open = new List<string>();
        int last = 0;
        foreach (Match match in Placeholders.NamesIn(text))
        {
            string name = match.Groups[1].Value;
            pattern.Append(Regex.Escape(text[last..match.Index]));
            last = match.Index + match.Length;
            if (names.IsBound(name)) pattern.Append(Regex.Escape(names.Text(name)));
            else if (name == "now") pattern.Append(@"\d{12,14}");
            else if (name == "any") pattern.Append("(?:.*?)");
            else
            {
                pattern.Append("(.+?)");
                open.Add(name);
            }
        }
        pattern.Append(Regex.Escape(text[last..])).Append('$');
        var fit = Regex.Match(found, pattern.ToString(), RegexOptions.Singleline);
        if (!fit.Success) return $"{path}: '{found}' instead of '{text}'";
        for (int i = 0; i < open.Count; i++) names[open[i]] = JsonValue.Create(fit.Groups[i + 1].Value);
        return null;
    }

    private static int OpenNames(JsonNode? template, Placeholders names) => Placeholders.NamesIn(template?.ToJsonString() ?? "")
        .Select(match => match.Groups[1].Value)
        .Count(name => !names.IsBound(name) && name is not ("any" or "text" or "now") && !name.StartsWith("scram", StringComparison.Ordinal));

    private static byte[] Bytes(JsonNode? actual) => Convert.FromBase64String(TextOf(actual) ?? "");

    private static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static string? At(string path, string? difference) => difference is null ? null : $"{path}: {difference}";

    private static string Differs(JsonNode? expected, JsonNode? actual, string path) => $"{path}: {Short(actual)} instead of {Short(expected)}";

    private static string Short(JsonNode? node, int lengthMax = 200)
    {
        string text = node?.ToJsonString(Readable) ?? "null";
        return text.Length <= lengthMax ? text : text[..lengthMax] + "...";
    }

    private static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
