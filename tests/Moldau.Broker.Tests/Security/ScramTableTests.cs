using System.Text;
using Moldau.Broker.Security;
using Moldau.Coordination.Metadata;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Security;

/// <summary>The recorded computations and conversations of other SCRAM implementations, Kafka's among them.</summary>
public sealed class ScramTableTests
{
    private sealed record Row(
        ScramMechanism Mechanism, string User, string Password, byte[] Salt, int Iterations, string SaltedPassword, string StoredKey, string ServerKey,
        string ServerNonce, string ClientFirst, string ServerFirst, string ClientFinal, string ServerFinal);

    private static List<Row> Rows() => [.. Fixture.Table("tables/scram.tsv").Select(row => new Row(
        row[0] == "SCRAM-SHA-512" ? ScramMechanism.Sha512 : ScramMechanism.Sha256, row[1], row[2], Convert.FromBase64String(row[3]), int.Parse(row[4]),
        row[5], row[7], row[8], row[11], row[12], row[13], row[14], row[15]))];

    [Fact]
    public void Credentials_are_those_of_the_table()
    {
        foreach (var row in Rows())
        {
            byte[] salted = Scram.SaltedPassword(row.Mechanism, row.Password, row.Salt, row.Iterations);
            Assert.Equal(row.SaltedPassword, Convert.ToHexStringLower(salted));
            var credential = Scram.Credential(row.Mechanism, salted, row.Salt, row.Iterations);
            Assert.Equal(row.StoredKey, Convert.ToBase64String(credential.StoredKey));
            Assert.Equal(row.ServerKey, Convert.ToBase64String(credential.ServerKey));
        }
    }

    [Fact]
    public void Conversations_are_those_of_the_table()
    {
        var rows = Rows().FindAll(row => row.ClientFirst != "-");
        Assert.NotEmpty(rows);
        foreach (var row in rows)
        {
            var exchange = Exchange(row);
            Assert.Equal(row.ServerFirst, Text(exchange.Step(Encoding.UTF8.GetBytes(row.ClientFirst))));
            var final = exchange.Step(Encoding.UTF8.GetBytes(row.ClientFinal));
            Assert.Equal(row.ServerFinal, Text(final));
            Assert.Equal(row.User, final.User);
        }
    }

    [Fact]
    public void Every_changed_character_of_a_proof_is_refused()
    {
        var row = Rows()[0];
        int proofAt = row.ClientFinal.IndexOf(",p=", StringComparison.Ordinal) + 3;
        for (int i = proofAt; i < row.ClientFinal.Length - 1; i++)
        {
            var exchange = Exchange(row);
            exchange.Step(Encoding.UTF8.GetBytes(row.ClientFirst));
            char other = row.ClientFinal[i] == 'A' ? 'B' : 'A';
            var step = exchange.Step(Encoding.UTF8.GetBytes($"{row.ClientFinal[..i]}{other}{row.ClientFinal[(i + 1)..]}"));
            Assert.Null(step.User);
            Assert.NotNull(step.Refusal);
        }
    }

    private static ScramExchange Exchange(Row row)
    {
        byte[] salted = Scram.SaltedPassword(row.Mechanism, row.Password, row.Salt, row.Iterations);
        var credentials = new FixedCredentials().Add(row.Mechanism, row.User, Scram.Credential(row.Mechanism, salted, row.Salt, row.Iterations));
        return new ScramExchange(row.Mechanism, credentials, () => row.ServerNonce);
    }

    private static string Text(SaslStep step) => Encoding.UTF8.GetString(step.Challenge);
}
