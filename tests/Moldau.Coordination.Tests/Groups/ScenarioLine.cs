namespace Moldau.Coordination.Tests.Groups;

/// <summary>One command of a scenario: a verb, a subject where the verb has one, and <c>name=value</c> arguments.</summary>
internal sealed class ScenarioLine
{
    private readonly Dictionary<string, string> _arguments = [];

    private ScenarioLine(string verb, string subject) => (Verb, Subject) = (verb, subject);

    public string Verb { get; }

    public string Subject { get; }

    public static ScenarioLine Parse(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var line = new ScenarioLine(words[0], words.Length > 1 && !words[1].Contains('=') ? words[1] : "");
        foreach (string[] argument in words.Where(word => word.Contains('=')).Select(word => word.Split('=', 2))) line._arguments.Add(argument[0], argument[1]);
        return line;
    }

    /// <summary>The same command with other arguments.</summary>
    public ScenarioLine With(Func<string, string> argument)
    {
        var line = new ScenarioLine(Verb, Subject);
        foreach (var (name, value) in _arguments) line._arguments.Add(name, argument(value));
        return line;
    }

    public string Text(string name, string fallback) => _arguments.GetValueOrDefault(name, fallback);

    public string? TextOrNull(string name) => _arguments.GetValueOrDefault(name);

    public int Number(string name, int fallback) => _arguments.TryGetValue(name, out string? value) ? int.Parse(value) : fallback;

    /// <summary>The pairs of a list such as <c>range:x,other:y</c>; what follows the colon may be left out.</summary>
    public IEnumerable<(string Name, string Value)> Pairs(string name) =>
        from part in Text(name, "").Split(',', StringSplitOptions.RemoveEmptyEntries)
        let pair = part.Split(':', 2)
        select (pair[0], pair.Length > 1 ? pair[1] : "");
}
