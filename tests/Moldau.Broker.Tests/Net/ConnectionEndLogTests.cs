using Moldau.Broker.Net;

namespace Moldau.Broker.Tests.Net;

public class ConnectionEndLogTests
{
    private readonly EventLines _lines = new();
    private readonly ManualTime _time = new();

    [Fact]
    public void A_client_that_fails_in_a_loop_gets_a_bounded_number_of_lines_a_second()
    {
        var log = new ConnectionEndLog(_lines, _time);
        for (int i = 0; i < 1_000; i++) log.Ended(ConnectionEnd.TlsHandshakeFailed, "1.2.3.4:5", "SASL_SSL", $"attempt {i}");
        var written = _lines.Take();
        Assert.Equal(ConnectionEndLog.WarningsPerSecondMax + 1, written.Count);
        Assert.Contains("further ones of this second are counted, not logged", written[^1], StringComparison.Ordinal);

        _time.Seconds = 1;
        log.Ended(ConnectionEnd.TlsHandshakeFailed, "1.2.3.4:5", "SASL_SSL", "a second later");
        Assert.Contains("a second later", Assert.Single(_lines.Take()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_flood_of_one_reason_hides_no_other()
    {
        var log = new ConnectionEndLog(_lines, _time);
        for (int i = 0; i < 100; i++) log.Ended(ConnectionEnd.TlsHandshakeFailed, "1.2.3.4:5", "SASL_SSL", "again");
        _lines.Take();
        log.Ended(ConnectionEnd.AuthenticationFailed, "1.2.3.4:5", "SASL_SSL", "a wrong password");
        Assert.Contains("a wrong password", Assert.Single(_lines.Take()), StringComparison.Ordinal);
    }

    private sealed class ManualTime : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
