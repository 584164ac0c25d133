using Moldau.Cli.Clients;

namespace Moldau.Cli.Tests.Clients;

public class ConnectionTests
{
    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:9092")]
    [InlineData("a:1,b:65535")]
    [InlineData("a:1, b:2")]
    [InlineData("[::1]:9092")]
    [InlineData("[::1]")]
    [InlineData("::1")]
    [InlineData("SASL_SSL://kafka.example:9094")]
    public void An_address_that_a_client_understands_is_taken(string brokers) => new Connection(brokers).Validate();

    [Theory]
    [InlineData("")]
    [InlineData("localhost:")]
    [InlineData("localhost:abc")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:-1")]
    [InlineData("[::1]:abc")]
    [InlineData(":9092")]
    [InlineData("a:1,,b:2")]
    [InlineData("a b:1")]
    public void An_address_that_is_none_is_refused_before_a_client_passes_over_it(string brokers) =>
        Assert.Throws<UsageFailure>(() => new Connection(brokers).Validate());

    [Theory]
    [InlineData("")]
    [InlineData("no certificate\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n")]
    public void A_file_without_a_certificate_is_named(string content)
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, content);
        var connection = new Connection("localhost") { UserName = "eva", CaPath = path };
        var failure = Assert.Throws<UsageFailure>(connection.Validate);
        File.Delete(path);
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        Assert.Contains("no certificate", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_a_plain_connection_does_not_use_is_not_asked_for() =>
        new Connection("localhost") { CaPath = "/no/such/ca.pem" }.Validate();
}
