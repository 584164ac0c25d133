using Moldau.Cli.Analyses;

namespace Moldau.Cli.Clients;

/// <summary>Who is told what a reader finds.</summary>
internal interface IReaderReport
{
    void Found(in Message message, Finding finding);

    void Note(string text);

    /// <summary>What was found must be where it belongs now: the position past it is about to be committed.</summary>
    /// <exception cref="IOException">It is not there, so the position must not be committed.</exception>
    void Flush();
}
