using System.Text;
using Moldau.TestKit;

namespace Moldau.Conformance.Dialogues;

public sealed class ScramExchangeTests
{
    [Fact]
    public void Every_recorded_login_is_computed_as_a_real_client_did()
    {
        int count = 0;
        foreach (string[] row in Fixture.Table("tables/scram.tsv").Where(row => row[12] is not "" and not "-"))
        {
            (string mechanism, string password, string iterations) = (row[0], row[2], row[4]);
            if (mechanism == "SCRAM-SHA-1") continue;
            var exchange = new ScramExchange();
            Assert.True(exchange.NoteClientFirst(Encoding.UTF8.GetBytes(row[12])), row[12]);
            Assert.Null(exchange.NoteServerFirst(Encoding.UTF8.GetBytes(row[13]), iterations));
            Assert.Equal(row[14], Encoding.UTF8.GetString(Convert.FromBase64String(exchange.ClientFinal(mechanism, password))));
            Assert.Null(exchange.CheckServerFinal(Encoding.UTF8.GetBytes(row[15])));
            Assert.NotNull(exchange.CheckServerFinal(Encoding.UTF8.GetBytes(row[15] + "x")));
            count++;
        }
        Assert.True(count > 3, $"only {count} logins");
    }

    [Fact]
    public void A_server_first_message_without_the_client_s_nonce_is_refused()
    {
        var exchange = new ScramExchange();
        exchange.NoteClientFirst("n,,n=user,r=abcdefgh"u8.ToArray());
        Assert.NotNull(exchange.NoteServerFirst("r=xxxxxxxx12345678,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"u8.ToArray(), "4096"));
    }
}
