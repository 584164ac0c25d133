using System.CommandLine;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands;

/// <summary>TOPIC on the command line, else the first of CLOUDKARAFKA_TOPIC's comma-separated list.</summary>
internal static class TopicArgument
{
    public static Argument<string?> Create()
    {
        var argument = new Argument<string?>("TOPIC")
        {
            Description = "The topic. [the first of CLOUDKARAFKA_TOPIC]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        argument.Validators.Add(TopicNameRule.Check);
        return argument;
    }

    public static string Read(ParseResult parsed, Argument<string?> argument)
    {
        if (parsed.GetValue(argument) is { } given)
        {
            return given;
        }

        const string Remedy = "Name one after the command, or set CLOUDKARAFKA_TOPIC.";
        string topic = ClientOptions.FromEnvironment("TOPIC")?.Split(',')[0].Trim() ?? throw new UsageFailure("No topic is given.", Remedy);
        return TopicName.IsLegal(topic) ? topic : throw new UsageFailure($"CLOUDKARAFKA_TOPIC: {TopicName.Refusal(topic)}", Remedy);
    }
}
