using System.CommandLine;

namespace Moldau.Cli.Commands;

/// <summary>TOPIC on the command line, else the first of CLOUDKARAFKA_TOPIC's comma-separated list.</summary>
internal static class TopicArgument
{
    public static Argument<string?> Create() => new("TOPIC")
    {
        Description = "The topic. [the first of CLOUDKARAFKA_TOPIC]",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static string Read(ParseResult parsed, Argument<string?> argument) =>
        parsed.GetValue(argument)
        ?? ClientOptions.FromEnvironment("TOPIC")?.Split(',')[0].Trim()
        ?? throw new CommandFailure("No topic is given.", "Name one after the command, or set CLOUDKARAFKA_TOPIC.");
}
