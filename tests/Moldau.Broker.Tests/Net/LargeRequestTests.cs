using Moldau.Broker.Net;
using Moldau.Broker.Tests.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Tests.Net;

/// <summary>
/// A request of many elements costs the broker a bounded amount of memory, whatever it asks for and whatever it is answered. What it asks for
/// exists, and has much to tell. The bounds stand above what was measured, and may only fall. All threads' allocations are counted, so these
/// tests run alone.
/// </summary>
[Collection(nameof(LargeRequestTests))]
[CollectionDefinition(nameof(LargeRequestTests), DisableParallelization = true)]
public sealed class LargeRequestTests : IAsyncLifetime
{
    private const long AllocatedBytesMax = 384 * 1024 * 1024;
    private const int AnswerBytesMax = 32 * 1024 * 1024;

    /// <summary>What <see cref="FilledRequests"/> call the first of everything.</summary>
    private const string First = "n0";

    private readonly RequestHeadReader _heads = new();
    private RunningBroker _broker = null!;
    private Dispatcher _dispatcher = null!;

    private readonly ConnectionState _connection = new()
    {
        Id = 1,
        Listener = "TEST",
        Remote = new(System.Net.IPAddress.Loopback, 1),
        Advertised = new("localhost", 9092),
    };

    public static TheoryData<string> Served => [.. Apis.Served.Select(api => api.Key.ToString())];

    public async ValueTask InitializeAsync()
    {
        _broker = await RunningBroker.StartAsync(new KafkaBrokerOptions(), default);
        _dispatcher = new Dispatcher(Apis.Bind(_broker.Services));
        await StoredCluster.CreateAsync(_broker.Services.Storage, First);
        RememberProducers(count: 500);
        await CommitAsync(new string('x', 1000));
    }

    public async ValueTask DisposeAsync() => await _broker.StopAsync();

    private void RememberProducers(int count)
    {
        _broker.Services.Partitions.Find(First, 0, out var partition);
        for (int id = 0; id < count; id++)
        {
            using var builder = new BatchBuilder(new BatchOptions { ProducerId = id, ProducerEpoch = 0, BaseSequence = 0 });
            builder.Append(0, null, new byte[10]);
            Assert.Equal(ErrorCode.None, partition.Log.Append(builder.Build(), new AppendContext { LeaderEpoch = 0 }).Error);
        }
    }

    private async Task CommitAsync(string text)
    {
        using var client = new WireClient(_broker.Network.AddressOf(_ => true)!);
        var commit = new OffsetCommitRequest { GroupId = First, Topics = [new() { Name = First, Partitions = [new() { CommittedOffset = 1, CommittedMetadata = text }] }] };
        var answer = await client.AskAsync<OffsetCommitRequest, OffsetCommitResponse>(commit, 8);
        Assert.Equal(ErrorCode.None, answer.Topics[0].Partitions[0].ErrorCode);
    }

    [Theory]
    [MemberData(nameof(Served))]
    public async Task As_many_elements_as_a_request_may_have_cost_a_bounded_amount_of_memory(string key)
    {
        var api = Api(key);
        foreach (short version in new[] { api.Min, api.Max }.Distinct())
        {
            foreach (var (array, request) in FilledRequests.Of(RequestOf(api), api.ElementsMax))
                await ServeAsync(api, version, Frame(api, version, request), $"{array} in version {version}");
        }
    }

    [Theory]
    [MemberData(nameof(Served))]
    public void More_elements_are_not_decoded(string key)
    {
        var api = Api(key);
        foreach (short version in new[] { api.Min, api.Max }.Distinct())
        {
            byte[] empty = Frame(api, version, (IMessage)Activator.CreateInstance(RequestOf(api))!);
            foreach (var (array, request) in FilledRequests.Of(RequestOf(api), api.ElementsMax + 1))
            {
                byte[] frame = Frame(api, version, request);
                // The version does not have the array, or it is the short one of many, or its length says nothing of its elements.
                if (frame.Length < empty.Length + api.ElementsMax || array.EndsWith("of many", StringComparison.Ordinal)) continue;
                if (array.EndsWith(FilledRequests.LongOwner, StringComparison.Ordinal)) continue;
                Assert.Throws<MalformedMessageException>(() => _dispatcher.Start(_connection, _heads, frame, new CancellationToken(canceled: true)));
            }
        }
    }

    [Theory]
    [InlineData((sbyte)ConfigResourceType.Broker, "1")]
    [InlineData((sbyte)ConfigResourceType.Group, "g{0}")]
    [InlineData((sbyte)ConfigResourceType.ClientMetrics, "m{0}")]
    public async Task Descriptions_of_ten_thousand_resources_take_a_bounded_amount_of_memory(sbyte type, string name)
    {
        var api = Api(nameof(ApiKey.DescribeConfigs));
        var request = new DescribeConfigsRequest { IncludeDocumentation = true, IncludeSynonyms = true };
        for (int i = 0; i < api.ElementsMax; i++)
            request.Resources.Add(new() { ResourceType = type, ResourceName = string.Format(null, name, i), ConfigurationKeys = null });
        await ServeAsync(api, api.Max, Frame(api, api.Max, request), name);
    }

    [Fact]
    public async Task One_setting_of_the_broker_asked_for_thousands_of_times_takes_a_bounded_amount_of_memory()
    {
        var api = Api(nameof(ApiKey.DescribeConfigs));
        var request = new DescribeConfigsRequest { IncludeDocumentation = true, IncludeSynonyms = true };
        for (int i = 0; i < api.ElementsMax / 2; i++)
            request.Resources.Add(new() { ResourceType = (sbyte)ConfigResourceType.Broker, ResourceName = "1", ConfigurationKeys = ["log.retention.ms"] });
        await ServeAsync(api, api.Max, Frame(api, api.Max, request), "one key");
    }

    private static Api Api(string key) => Apis.Served.Single(api => api.Key.ToString() == key);

    private static Type RequestOf(Api api) => api.GetType().GenericTypeArguments[0];

    private static byte[] Frame(Api api, short version, IMessage request)
    {
        using var writer = new WireWriter();
        writer.WriteInt16((short)api.Key);
        writer.WriteInt16(version);
        writer.WriteInt32(1);
        writer.WriteString("test", compact: false);
        if (api.IsRequestFlexible(version)) writer.WriteUnsignedVarint(0);
        request.Write(writer, version);
        return writer.Written.ToArray();
    }

    private async Task ServeAsync(Api api, short version, byte[] frame, string what)
    {
        using var writer = new WireWriter();
        long before = GC.GetTotalAllocatedBytes(precise: true);
        try
        {
            // The connection counts as closed, so that nothing stays parked.
            var (reply, _) = _dispatcher.Start(_connection, _heads, frame, new CancellationToken(canceled: true));
            var answer = await reply.Answer;
            answer?.Write(writer, version);
            reply.Context.ReleaseHeld();
        }
        catch (ConnectionEndException)
        {
        }
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{api.Key}: {what}: {frame.Length:N0} bytes asked, {writer.Length:N0} answered, {allocated:N0} allocated");
        Assert.InRange(allocated, 0, AllocatedBytesMax);
        Assert.InRange(writer.Length, 0, AnswerBytesMax);
    }
}
