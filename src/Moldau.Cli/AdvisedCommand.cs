namespace Moldau.Cli;

/// <summary>A command that a person is advised to give, as it can be pasted into a shell.</summary>
internal static class AdvisedCommand
{
    /// <param name="command">As in: group describe.</param>
    /// <param name="name">What it is about. One that begins with a dash would be taken for an option.</param>
    /// <param name="options">As they are to be given.</param>
    public static string Of(string command, string name, params IEnumerable<string> options)
    {
        string word = Quoted.ForShell(name);
        return string.Join(' ', name.StartsWith('-') ? ["moldau", command, .. options, "--", word] : ["moldau", command, word, .. options]);
    }

    /// <summary>A name behind an option, which takes none that begins with a dash as its value.</summary>
    public static string Option(string option, string name) => $"{option}{(name.StartsWith('-') ? '=' : ' ')}{Quoted.ForShell(name)}";
}
