using Moldau.Broker;
using Moldau.Cli.Clients;
using Moldau.Conformance.Clients;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Conformance.NewestVersions;

/// <summary>The cluster of one broker in an admin's newest versions, and the login.</summary>
public sealed class NewestClusterTests(ClientBroker broker)
{
    [Fact]
    [Drives(
        ApiKey.DescribeCluster, ApiKey.DescribeQuorum, ApiKey.ElectLeaders, ApiKey.AlterPartitionReassignments, ApiKey.ListPartitionReassignments, ApiKey.Metadata)]
    public async Task One_broker_is_all_of_the_cluster_and_leads_everything()
    {
        using var admin = await NewestClient.ConnectAsync(broker.Bootstrap);
        var topic = await NewestTopic.CreateAsync(admin, broker.NewName("newest"));
        var cluster = await admin.AskAsync<DescribeClusterRequest, DescribeClusterResponse>(new());
        var node = Assert.Single(cluster.Brokers);
        Assert.Equal((broker.Bootstrap, node.BrokerId, false), ($"{node.Host}:{node.Port}", cluster.ControllerId, node.IsFenced));
        var metadata = await admin.AskAsync<MetadataRequest, MetadataResponse>(new() { Topics = [new() { TopicId = topic.Id }] });
        Assert.Equal((cluster.ClusterId, topic.Name), (metadata.ClusterId, metadata.Topics[0].Name));
        var partition = Assert.Single(metadata.Topics[0].Partitions);
        Assert.Equal((node.BrokerId, node.BrokerId), (partition.LeaderId, Assert.Single(partition.IsrNodes)));

        var quorum = await admin.AskAsync<DescribeQuorumRequest, DescribeQuorumResponse>(
            new() { Topics = [new() { TopicName = TopicNames.ClusterMetadata, Partitions = [new() { PartitionIndex = 0 }] }] });
        Assert.Equal((node.BrokerId, node.BrokerId), (quorum.Topics[0].Partitions[0].LeaderId, Assert.Single(quorum.Topics[0].Partitions[0].CurrentVoters).ReplicaId));
        var elected = await admin.AskAsync<ElectLeadersRequest, ElectLeadersResponse>(
            new() { TopicPartitions = [new() { Topic = topic.Name, Partitions = [0] }], TimeoutMs = 10_000 });
        Assert.Equal(ErrorCode.ElectionNotNeeded, elected.ReplicaElectionResults[0].PartitionResult[0].ErrorCode);

        Assert.Equal(ErrorCode.None, await ReassignAsync(node.BrokerId));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await ReassignAsync(node.BrokerId + 1));
        var moving = await admin.AskAsync<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>(new() { TimeoutMs = 10_000 });
        Assert.Equal((ErrorCode.None, 0), (moving.ErrorCode, moving.Topics.Count));

        async Task<ErrorCode> ReassignAsync(int replica) => (await admin.AskAsync<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>(
            new() { Topics = [new() { Name = topic.Name, Partitions = [new() { PartitionIndex = 0, Replicas = [replica] }] }] })).Responses[0].Partitions[0].ErrorCode;
    }

    [Fact]
    [Drives(ApiKey.GetTelemetrySubscriptions)]
    public async Task Nobody_wants_the_metrics_of_clients()
    {
        using var client = await NewestClient.ConnectAsync(broker.Bootstrap);
        var answer = await client.AskAsync<GetTelemetrySubscriptionsRequest, GetTelemetrySubscriptionsResponse>(new());
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        Assert.Empty(answer.RequestedMetrics);
        Assert.NotEqual(Guid.Empty, answer.ClientInstanceId);
    }

    [Fact]
    [Drives(ApiKey.SaslHandshake, ApiKey.SaslAuthenticate, ApiKey.AlterUserScramCredentials, ApiKey.DescribeUserScramCredentials)]
    public async Task A_user_is_added_logs_in_and_is_told_how_long_that_is_good_for()
    {
        const string User = "dana", Password = "a secret of dana";
        var options = new KafkaBrokerOptions
        {
            Properties = { ["listeners"] = "PLAINTEXT://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0", ["connections.max.reauth.ms"] = "60000" },
        };
        await using var secured = await KafkaBroker.StartAsync(options);
        using var admin = await NewestClient.ConnectAsync(secured.BootstrapServers);
        await AddAsync(admin, User, Password);

        using var client = await NewestClient.ConnectAsync(secured.SaslBootstrapServers!);
        Assert.Equal(ErrorCode.None, (await client.AskAsync<SaslHandshakeRequest, SaslHandshakeResponse>(new() { Mechanism = ScramLogin.Mechanism })).ErrorCode);
        var login = new ScramLogin(User, Password);
        var challenge = await SayAsync(client, login.First());
        var proof = await SayAsync(client, login.Final(challenge.AuthBytes));
        login.Verify(proof.AuthBytes);
        Assert.InRange(proof.SessionLifetimeMs, 1, 60_000);
        Assert.Single((await client.AskAsync<DescribeClusterRequest, DescribeClusterResponse>(new())).Brokers);
    }

    private static async Task<SaslAuthenticateResponse> SayAsync(NewestClient client, byte[] bytes)
    {
        var answer = await client.AskAsync<SaslAuthenticateRequest, SaslAuthenticateResponse>(new() { AuthBytes = bytes });
        Assert.Equal((ErrorCode.None, ""), (answer.ErrorCode, answer.ErrorMessage));
        return answer;
    }

    private static async Task AddAsync(NewestClient admin, string user, string password)
    {
        const sbyte Sha256 = 1;
        const int Rounds = 4096;
        byte[] salt = [1, 2, 3, 4];
        var upsertion = new AlterUserScramCredentialsRequest.ScramCredentialUpsertion
        {
            Name = user,
            Mechanism = Sha256,
            Iterations = Rounds,
            Salt = salt,
            SaltedPassword = Scram.SaltedPassword(ScramMechanism.Sha256, password, salt, Rounds),
        };
        var added = await admin.AskAsync<AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse>(new() { Upsertions = [upsertion] });
        Assert.Equal(ErrorCode.None, added.Results[0].ErrorCode);
        var described = await admin.AskAsync<DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse>(new() { Users = [new() { Name = user }] });
        Assert.Equal((Sha256, Rounds), (described.Results[0].CredentialInfos[0].Mechanism, described.Results[0].CredentialInfos[0].Iterations));
    }
}
