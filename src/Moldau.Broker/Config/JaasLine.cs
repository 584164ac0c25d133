using System.Text;

namespace Moldau.Broker.Config;

/// <summary>
/// One login module of a JAAS line: <c>CLASS required NAME="VALUE" ... ;</c>. Passwords are among the options, so it never prints them.
/// </summary>
internal sealed class JaasLine
{
    private const string UserPrefix = "user_";

    private JaasLine(string module, Dictionary<string, string> options)
    {
        Module = module;
        Users = options.Where(option => option.Key.StartsWith(UserPrefix, StringComparison.Ordinal))
            .ToDictionary(option => option.Key[UserPrefix.Length..], option => option.Value, StringComparer.Ordinal);
    }

    /// <summary>The class, without its package.</summary>
    public string Module { get; }

    /// <summary>Passwords by user, from the options <c>user_NAME</c>.</summary>
    public IReadOnlyDictionary<string, string> Users { get; }

    public override string ToString() => $"{Module} with {Users.Count} users";

    /// <exception cref="ConfigException">The line is none; the message names the key and what is missing.</exception>
    public static JaasLine Parse(string key, string text)
    {
        var tokens = Tokens(key, text);
        if (tokens.Count < 3 || tokens[^1] != ";")
            throw Malformed(key, "it must be 'CLASS required NAME=\"VALUE\" ... ;', with a semicolon at its end");
        if (tokens.IndexOf(";") != tokens.Count - 1) throw Malformed(key, "it must hold one login module");
        string flag = tokens[1];
        if (!Flags.Contains(flag)) throw Malformed(key, $"'{flag}' must be one of {string.Join(", ", Flags)}");
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int at = 2; at < tokens.Count - 1; at += 3)
        {
            if (at + 2 >= tokens.Count - 1 || tokens[at + 1] != "=") throw Malformed(key, $"after '{tokens[at]}' must come = and a value");
            options[tokens[at]] = tokens[at + 2];
        }

        return new(tokens[0][(tokens[0].LastIndexOf('.') + 1)..], options);
    }

    private static readonly string[] Flags = ["required", "requisite", "sufficient", "optional"];

    private static List<string> Tokens(string key, string text)
    {
        var tokens = new List<string>();
        for (int at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at])) at++;
            else if (text[at] is '=' or ';') tokens.Add(text[at++].ToString());
            else if (text[at] is '"' or '\'') tokens.Add(Quoted(key, text, ref at));
            else tokens.Add(Bare(text, ref at));
        }

        return tokens;
    }

    private static string Quoted(string key, string text, ref int at)
    {
        char quote = text[at++];
        var value = new StringBuilder();
        for (; at < text.Length && text[at] != quote; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length) at++;
            value.Append(text[at]);
        }

        if (at == text.Length) throw Malformed(key, "a quotation mark is not closed");
        at++;
        return value.ToString();
    }

    private static string Bare(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] is not ('=' or ';' or '"' or '\'')) at++;
        return text[start..at];
    }

    private static ConfigException Malformed(string key, string why) => new($"{key} is no login module: {why}.");
}
