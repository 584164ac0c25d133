using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>Somebody who deletes a topic now and then, and makes another under its name a while later. Whoever it is takes no time for it.</summary>
internal sealed class SimulatedOperator(SimulatedBroker broker, List<HistoryEvent> history, Random chance, int process, SimulatedTopics topics)
    : SimulatedClient(broker, history, chance, process)
{
    private const short DeleteVersion = 6, CreateVersion = 7, MetadataVersion = 12;
    private const int DeletionOdds = 150, RetryOdds = 5;

    private string Name => topics.Renewed!;

    private string Title => topics.TitleOf(Name);

    /// <summary>There is a topic, and nobody is about to delete it.</summary>
    public bool IsIdle { get; private set; } = true;

    public override async Task StepAsync()
    {
        if (IsIdle) await BeginAsync();
        else if (!IsReliable && Chance.Next(RetryOdds) > 0) return;
        else if (topics.Has(Title)) await DeleteAsync();
        else await CreateAsync();
    }

    private async Task BeginAsync()
    {
        if (IsReliable || Chance.Next(DeletionOdds) > 0) return;
        IsIdle = false;
        topics.BeginRemoval(Title);
        Note(new DeletedTopic(Process, Title, NowMs) { Outcome = SendOutcome.Unknown });
        await DeleteAsync();
    }

    /// <summary>By its id: what is asked late hits no other.</summary>
    private async Task DeleteAsync()
    {
        var request = new DeleteTopicsRequest { Topics = [new() { TopicId = topics.IdOf(Title) }], TimeoutMs = 30_000 };
        var answer = await AskAsync(request, DeleteVersion, LateArrival<DeleteTopicsResponse>.Unnoticed);
        Trouble = $"deletion of {Title}: {answer?.Responses[0].ErrorCode}";
        if (answer?.Responses[0].ErrorCode is not (ErrorCode.None or ErrorCode.UnknownTopicId)) return;
        Note(new DeletedTopic(Process, Title, NowMs));
        topics.Remove(Title);
    }

    /// <summary>Whichever of the requests made it: what it is the metadata tell.</summary>
    private async Task CreateAsync()
    {
        var answer = await AskAsync(SimulatedBroker.NewTopic(Name, SimulatedRun.Partitions), CreateVersion, LateArrival<CreateTopicsResponse>.Unnoticed);
        Trouble = $"creation of {Name}: {answer?.Topics[0].ErrorCode}";
        if (answer?.Topics[0].ErrorCode is not (ErrorCode.None or ErrorCode.TopicAlreadyExists)) return;
        var asked = new MetadataRequest { Topics = [new() { Name = Name }] };
        var metadata = await AskAsync<MetadataRequest, MetadataResponse>(asked, MetadataVersion);
        if (metadata?.Topics[0] is not { ErrorCode: ErrorCode.None } found) return;
        topics.Add(Name, found.TopicId);
        IsIdle = true;
    }
}
