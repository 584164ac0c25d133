namespace Moldau.Cli.Clients;

/// <summary>What a broker is asked to do, in words for the case that its answer does not come.</summary>
/// <param name="What">As in: it was asked to delete the group g.</param>
/// <param name="Look">The command that shows whether it has been done, as it can be pasted into a shell.</param>
internal sealed record Change(string What, string Look)
{
    /// <summary>It may have been done all the same, and to do it again may undo what has come of it meanwhile.</summary>
    public CommandFailure Unanswered(string who, string reason) =>
        new($"{who} was asked to {What} and did not answer: {reason.TrimEnd('.')}.", $"It may have done it, or do it yet. {Shows}");

    public GivenUp GivenUp() => new($"Given up before the broker had answered: it was asked to {What}, and may have done it, or do it yet.", Shows);

    private string Shows => $"`{Look}` shows how things are.";
}
