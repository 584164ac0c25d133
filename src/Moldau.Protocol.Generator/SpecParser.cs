using System.Globalization;

namespace Moldau.Protocol.Generator;

/// <summary>
/// Reads the spec form. A message starts at column 0, its fields are indented by four spaces for each level, one a line:
/// <code>
/// request 12 HeartbeatRequest 0-4 flexible 4+ listeners broker
///     GroupId         string  as groupId
///     GroupInstanceId string? 3+ = null as groupId
/// </code>
/// A field is: name, type (<c>?</c> for nullable, <c>?RANGE</c> where only some versions allow null), its versions unless
/// <c>0+</c>, then <c>tag N [RANGE]</c>, <c>flexible RANGE</c>, <c>= DEFAULT</c>, <c>ignorable</c>, <c>key</c>, <c>zerocopy</c>,
/// <c>as ENTITY</c>. A line <c>struct Name</c> defines a struct that several fields use. <c>//</c> starts a comment.
/// </summary>
public static class SpecParser
{
    private const int IndentWidth = 4;

    public static List<MessageSpec> Parse(string text)
    {
        var messages = new List<MessageSpec>();
        var comments = new List<string>();
        var open = new List<List<FieldSpec>>();
        int number = 0;
        foreach (string raw in text.Split('\n'))
        {
            number++;
            string line = raw.TrimEnd();
            if (line.Length == 0) continue;
            if (line.StartsWith("//", StringComparison.Ordinal))
            {
                comments.Add(line.Substring(2).Trim());
                continue;
            }
            try
            {
                Add(line, messages, comments, open);
            }
            catch (Exception e) when (e is FormatException or ArgumentException)
            {
                throw new FormatException($"line {number}: {e.Message}", e);
            }
        }
        return messages;
    }

    private static void Add(string line, List<MessageSpec> messages, List<string> comments, List<List<FieldSpec>> open)
    {
        int indent = line.Length - line.TrimStart().Length;
        var words = new Words(line);
        if (indent == 0)
        {
            var message = ParseMessage(words);
            message.Comments.AddRange(comments);
            comments.Clear();
            messages.Add(message);
            open.Clear();
            open.Add(message.Fields);
            return;
        }
        int depth = indent / IndentWidth;
        if (indent % IndentWidth != 0 || depth > open.Count) throw new FormatException("the indentation fits no open message or struct");
        open.RemoveRange(depth, open.Count - depth);
        var field = words.Peek == "struct" ? ParseStruct(words) : ParseField(words);
        (field.Type == "struct" ? messages[messages.Count - 1].CommonStructs : open[depth - 1]).Add(field);
        open.Add(field.Fields);
    }

    private static MessageSpec ParseMessage(Words words)
    {
        string kind = words.Next();
        int? key = int.TryParse(words.Peek, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
        if (key is not null) words.Next();
        var message = new MessageSpec(kind, words.Next(), words.Next()) { Key = key };
        while (!words.AtEnd)
        {
            switch (words.Next())
            {
                case "flexible": message.FlexibleVersions = words.Next(); break;
                case "listeners": message.Listeners.AddRange(words.Next().Split(',')); break;
                case "latest-stable": message.LatestVersionUnstable = false; break;
                case "latest-unstable": message.LatestVersionUnstable = true; break;
                default: throw new FormatException($"'{words.Last}' is no word of a message's first line");
            }
        }
        return message;
    }

    private static FieldSpec ParseStruct(Words words)
    {
        words.Next();
        return new FieldSpec(words.Next(), "struct", words.AtEnd ? "0+" : words.Next());
    }

    private static FieldSpec ParseField(Words words)
    {
        string name = words.Next();
        string type = words.Next();
        int mark = type.IndexOf('?');
        var field = new FieldSpec(name, mark < 0 ? type : type.Substring(0, mark), VersionRange.IsRange(words.Peek) ? words.Next() : "0+");
        if (mark >= 0) field.NullableVersions = mark == type.Length - 1 ? field.Versions : type.Substring(mark + 1);
        while (!words.AtEnd) ParseModifier(field, words);
        return field;
    }

    private static void ParseModifier(FieldSpec field, Words words)
    {
        switch (words.Next())
        {
            case "tag":
                field.Tag = int.Parse(words.Next(), CultureInfo.InvariantCulture);
                field.TaggedVersions = VersionRange.IsRange(words.Peek) ? words.Next() : field.Versions;
                break;
            case "flexible": field.FlexibleVersions = words.Next(); break;
            case "=": field.Default = words.Next(); break;
            case "ignorable": field.Ignorable = true; break;
            case "key": field.MapKey = true; break;
            case "zerocopy": field.ZeroCopy = true; break;
            case "as": field.EntityType = words.Next(); break;
            default: throw new FormatException($"'{words.Last}' is no word of a field");
        }
    }

    private sealed class Words(string line)
    {
        private readonly string[] _words = line.Split([' '], StringSplitOptions.RemoveEmptyEntries);
        private int _at;

        public bool AtEnd => _at == _words.Length;

        public string Peek => AtEnd ? "" : _words[_at];

        public string Last => _words[_at - 1];

        public string Next() => AtEnd ? throw new FormatException("the line ends too early") : _words[_at++];
    }
}
