using System.Text.RegularExpressions;
using Moldau.Coordination.Tests.Groups;

namespace Moldau.Coordination.Tests;

/// <summary>
/// What each client was told last. A conversation that is drawn at random cannot know that beforehand: <c>@epoch</c> in a command stands for
/// the epoch that its client was told.
/// </summary>
/// <param name="untold">What stands there before it was told anything; else nothing.</param>
internal sealed partial class ToldValues(params (string Name, string Value)[] untold)
{
    private readonly Dictionary<(string Client, string Name), string> _values = [];

    public void Tell(string client, string name, string value) => _values[(client, name)] = value;

    public void Forget(string client)
    {
        foreach (var told in _values.Keys.Where(told => told.Client == client).ToList()) _values.Remove(told);
    }

    public ScenarioLine Fill(ScenarioLine line) =>
        line.With(argument => Place().Replace(argument, place => ValueOf(line.Subject, place.Groups[1].Value)));

    private string ValueOf(string client, string name) =>
        _values.GetValueOrDefault((client, name)) ?? Array.Find(untold, value => value.Name == name).Value ?? "";

    [GeneratedRegex("@([a-z]+)")]
    private static partial Regex Place();
}
