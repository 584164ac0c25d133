using Moldau.Protocol.Messages;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>A share group, whose topic is deleted now and then and made anew under its name. In the end one of its members has died without a word, and the others are done with all records.</summary>
internal sealed class ShareGroupRun(int seed) : SimulatedRun(seed)
{
    private const string Group = "sharers";
    private const short DescribeVersion = 1;
    private const int OperatorProcess = 6;

    private readonly List<SimulatedShareMember> _members = [];
    private SimulatedOperator _operator = null!;
    private string _state = "";

    public override int Records => History.OfType<Acquired>().Sum(acquired => acquired.Records.Count);

    protected override TimeSpan Patience => TimeSpan.FromHours(1);

    protected override TimeSpan StepTime => TimeSpan.FromSeconds(1);

    protected override async Task BeginAsync()
    {
        await Broker.SetGroupAsync(Group, ("share.auto.offset.reset", "earliest"));
        Existing.Renewed = Topics[0];
        _operator = new(Broker, History, Chance, OperatorProcess, Existing);
        var subscription = new GroupSubscription(Group, Existing);
        for (int process = 3; process <= 5; process++)
        {
            var member = new SimulatedShareMember(Broker, History, Chance, process, Existing);
            member.Membership = new ShareMembership(member, subscription);
            _members.Add(member);
        }
        Clients.AddRange(_members);
    }

    protected override void EndFaults()
    {
        base.EndFaults();
        _operator.IsReliable = true;
        _members[Chance.Next(_members.Count)].Vanish();
    }

    protected override Task LookAsync() => _operator.StepAsync();

    protected override async Task<bool> IsDoneAsync()
    {
        if (!HasProduced || !_operator.IsIdle) return false;
        var asked = new DescribeShareGroupOffsetsRequest { Groups = [new() { GroupId = Group, Topics = [new() { TopicName = Topics[0], Partitions = [.. Enumerable.Range(0, Partitions)] }] }] };
        var answer = await Broker.AskAsync<DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse>(asked, DescribeVersion, CancellationToken.None);
        if (answer is null) return false; // It had died as the faults ended.
        var partitions = answer.Groups[0].Topics[0].Partitions;
        _state = string.Join(", ", partitions.Select(partition => $"{partition.Lag} records of partition {partition.PartitionIndex} from {partition.StartOffset} on are left"));
        return partitions.TrueForAll(partition => partition.Lag == 0 || Acknowledged.All(sent => sent.Partition != partition.PartitionIndex));
    }

    protected override string Describe() => _state;

    protected override IReadOnlyList<Anomaly> Anomalies() =>
        ShareChecker.Check([.. History, .. _members.SelectMany(member => member.Unheard())], SimulatedBroker.ShareDeliveryLimit);
}
