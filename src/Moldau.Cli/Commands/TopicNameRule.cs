using System.CommandLine.Parsing;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands;

/// <summary>Refuses what cannot be a topic's name when the command line is read.</summary>
internal static class TopicNameRule
{
    public static void Check(ArgumentResult result)
    {
        foreach (var token in result.Tokens.Where(token => !TopicName.IsLegal(token.Value)))
        {
            result.AddError(TopicName.Refusal(token.Value));
        }
    }
}
