using System.Text.RegularExpressions;

namespace Moldau.Conformance.Clients;

/// <summary>
/// The course assignment's own two producers, as they were handed out, but for the credentials and one line: a Python client brings its own
/// list of authorities, so it must be told of ours.
/// </summary>
public sealed class AssignmentTests(ClientBroker broker)
{
    [Fact]
    public async Task The_first_producer_delivers_each_line_without_its_end()
    {
        ClientProgram.PythonConfluentKafka.SkipIfMissing();
        string topic = await broker.CreateTopicAsync("assignment-lines");
        string[] lines = ["lets try y gettig a word with a log legth to tes this", "check me", "example 2", "  ", "grüße aus prag 🎵"];
        var said = await RunAsync("producer1.py", topic, lines);
        Assert.Equal(lines.Select(line => line.TrimEnd()), TopicReader.ReadAll(broker, topic).Select(record => record.Message.Value ?? ""));
        Assert.Equal(lines.Length, Regex.Count(said.Errors, $@"% Message delivered to {topic} \[0\]"));
        Assert.Equal(lines.Length, Regex.Count(said.Output, "Enter text or interupt the execution to stop."));
    }

    [Fact]
    public async Task The_second_producer_delivers_each_number_with_its_line_end()
    {
        ClientProgram.PythonConfluentKafka.SkipIfMissing();
        string topic = await broker.CreateTopicAsync("assignment-numbers");
        string[] numbers = ["1", "2", "3", "4.5", "-7"];
        var said = await RunAsync("producer2.py", topic, numbers);
        Assert.Equal(numbers.Select(number => number + "\n"), TopicReader.ReadAll(broker, topic).Select(record => record.Message.Value));
        Assert.Equal(numbers.Length, Regex.Count(said.Errors, $@"% Message delivered to {topic} \[0\]"));
    }

    private async Task<ProgramOutput> RunAsync(string script, string topic, string[] lines)
    {
        string text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Fixtures", "assignment", script));
        text = Assign(text, "brokers", broker.SaslBootstrap);
        text = Assign(text, "username", ClientBroker.User);
        text = Assign(text, "password", ClientBroker.Password);
        text = Assign(text, "topic", topic);
        const string lastSetting = "        'sasl.password': os.environ['CLOUDKARAFKA_PASSWORD']\n";
        Assert.Contains(lastSetting, text, StringComparison.Ordinal);
        text = text.Replace(lastSetting, lastSetting.TrimEnd() + $",\n        'ssl.ca.location': '{broker.CaPath}'\n", StringComparison.Ordinal);

        string copy = Path.Combine(Directory.CreateTempSubdirectory("moldau-assignment-").FullName, script);
        await File.WriteAllTextAsync(copy, text);
        try
        {
            return await ClientProgram.PythonConfluentKafka.With(copy).RunAsync([], string.Concat(lines.Select(line => line + "\n")));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(copy)!, recursive: true);
        }
    }

    /// <summary>Fills one of the variables at the head of the script, which stand at the start of a line.</summary>
    private static string Assign(string text, string variable, string value)
    {
        var assignment = new Regex($"^{variable} = \".*\"", RegexOptions.Multiline);
        Assert.Single(assignment.Matches(text));
        return assignment.Replace(text, $"{variable} = \"{value}\"");
    }
}
