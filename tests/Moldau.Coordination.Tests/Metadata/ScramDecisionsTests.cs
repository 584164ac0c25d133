using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Coordination.Tests.Metadata;

public sealed class ScramDecisionsTests
{
    private static readonly byte[] SaltedPassword = [1, 2, 3];

    private readonly ClusterScenario _cluster = ClusterScenario.Started();

    [Fact]
    public void A_user_may_have_a_credential_of_each_mechanism()
    {
        Assert.Equal(ErrorCode.None, Upsert("ann", (sbyte)ScramMechanism.Sha512));
        Assert.Equal(ErrorCode.None, Upsert("ann", (sbyte)ScramMechanism.Sha256));

        Assert.Equal([((sbyte)ScramMechanism.Sha256, 4096), ((sbyte)ScramMechanism.Sha512, 4096)], Described("ann").CredentialInfos.Select(info => (info.Mechanism, info.Iterations)));
        Assert.Equal(ErrorCode.None, Remove("ann", (sbyte)ScramMechanism.Sha512));
        Assert.Single(Described("ann").CredentialInfos);
    }

    [Theory]
    [InlineData("", 1, 4096, (int)ErrorCode.UnacceptableCredential)]
    [InlineData("u", 0, 4096, (int)ErrorCode.UnsupportedSaslMechanism)]
    [InlineData("u", 3, 4096, (int)ErrorCode.UnsupportedSaslMechanism)]
    [InlineData("u", 1, 4095, (int)ErrorCode.UnacceptableCredential)]
    [InlineData("u", 2, 16_385, (int)ErrorCode.UnacceptableCredential)]
    public void Names_mechanisms_and_iterations_have_bounds(string name, sbyte mechanism, int iterations, int expected) =>
        Assert.Equal((ErrorCode)expected, Upsert(name, mechanism, iterations));

    [Fact]
    public void A_credential_that_is_not_there_cannot_be_removed() =>
        Assert.Equal(ErrorCode.ResourceNotFound, Remove("nobody", (sbyte)ScramMechanism.Sha256));

    [Fact]
    public void Two_changes_of_one_user_in_one_request_are_both_refused()
    {
        var response = Alter(new AlterUserScramCredentialsRequest
        {
            Upsertions = [Upsertion("ann", (sbyte)ScramMechanism.Sha256), Upsertion("ann", (sbyte)ScramMechanism.Sha512), Upsertion("bob", (sbyte)ScramMechanism.Sha256)],
        });

        Assert.Equal(
            [("ann", ErrorCode.DuplicateResource), ("bob", ErrorCode.None)],
            response.Results.Select(result => (result.User, result.ErrorCode)).Order());
    }

    [Fact]
    public void Of_several_changes_of_one_user_of_which_the_first_is_wrong_he_is_told_what_is_wrong_with_it()
    {
        var response = Alter(new AlterUserScramCredentialsRequest
        {
            Deletions = [new() { Name = "ann", Mechanism = (sbyte)ScramMechanism.Sha256 }],
            Upsertions =
            [
                Upsertion("ann", (sbyte)ScramMechanism.Sha512),
                Upsertion("bob", mechanism: 0), Upsertion("bob", (sbyte)ScramMechanism.Sha256),
            ],
        });

        Assert.Equal(
            [("ann", ErrorCode.ResourceNotFound), ("bob", ErrorCode.UnsupportedSaslMechanism)],
            response.Results.Select(result => (result.User, result.ErrorCode)).Order());
        Assert.Equal(ErrorCode.ResourceNotFound, Described("bob").ErrorCode);
    }

    [Fact]
    public void Users_are_described_by_name_or_all_at_once()
    {
        Upsert("ann", (sbyte)ScramMechanism.Sha256);
        Upsert("bob", (sbyte)ScramMechanism.Sha256);

        Assert.Equal(ErrorCode.ResourceNotFound, Described("nobody").ErrorCode);
        Assert.Equal(ErrorCode.DuplicateResource, Describe("ann", "ann").Results.Single().ErrorCode);
        Assert.Equal(["ann", "bob"], Describe().Results.Select(result => result.User));
    }

    [Fact]
    public void The_keys_kept_are_those_of_Kafka()
    {
        var columns = Fixture.Lines("tables/scram.tsv").First().Split('\t').Index().ToDictionary(column => column.Item, column => column.Index);
        foreach (string[] row in Fixture.Table("tables/scram.tsv"))
        {
            var kept = ScramDecisions.Credential(new AlterUserScramCredentialsRequest.ScramCredentialUpsertion
            {
                Name = "u",
                Mechanism = row[columns["mechanism"]] == "SCRAM-SHA-256" ? (sbyte)ScramMechanism.Sha256 : (sbyte)ScramMechanism.Sha512,
                SaltedPassword = Convert.FromHexString(row[columns["saltedPasswordHex"]]),
            });
            Assert.Equal(row[columns["storedKeyBase64"]], Convert.ToBase64String(kept.StoredKey));
            Assert.Equal(row[columns["serverKeyBase64"]], Convert.ToBase64String(kept.ServerKey));
        }
    }

    private ErrorCode Upsert(string name, sbyte mechanism, int iterations = 4096)
    {
        var upsertion = Upsertion(name, mechanism);
        upsertion.Iterations = iterations;
        return Alter(new AlterUserScramCredentialsRequest { Upsertions = [upsertion] }).Results.Single().ErrorCode;
    }

    private ErrorCode Remove(string name, sbyte mechanism) =>
        Alter(new AlterUserScramCredentialsRequest { Deletions = [new() { Name = name, Mechanism = mechanism }] }).Results.Single().ErrorCode;

    private AlterUserScramCredentialsResponse Alter(AlterUserScramCredentialsRequest request) => _cluster.Apply(ScramDecisions.Alter(_cluster.Image, request));

    private DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult Described(string user) => Describe(user).Results.Single();

    private DescribeUserScramCredentialsResponse Describe(params string[] users) => ScramDecisions.Describe(
        _cluster.Image, new DescribeUserScramCredentialsRequest { Users = [.. users.Select(user => new DescribeUserScramCredentialsRequest.UserName { Name = user })] });

    private static AlterUserScramCredentialsRequest.ScramCredentialUpsertion Upsertion(string name, sbyte mechanism) =>
        new() { Name = name, Mechanism = mechanism, Iterations = 4096, Salt = [9], SaltedPassword = SaltedPassword };
}
