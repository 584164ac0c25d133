namespace Moldau.TestKit.Histories;

/// <summary>A topic is about to be deleted, where the outcome is not known, or was. Another of its name is another topic.</summary>
public sealed record DeletedTopic(int Process, string Topic, long AtMs) : HistoryEvent(Process)
{
    public SendOutcome Outcome { get; init; } = SendOutcome.Acknowledged;
}
