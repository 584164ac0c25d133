using System.Text.Json;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Wire;
using Moldau.TestKit;

namespace Moldau.Coordination.Tests.Metadata;

public sealed class MetadataRecordTests
{
    [Fact]
    public void Every_record_that_Kafka_wrote_is_read_and_written_back_byte_for_byte()
    {
        int count = 0;
        foreach (string line in Fixture.Lines("vectors/metadata-records.jsonl"))
        {
            using var vector = JsonDocument.Parse(line);
            string hex = vector.RootElement.GetProperty("hex").GetString()!;

            var record = MetadataRecord.Read(Convert.FromHexString(hex));

            Assert.Equal(vector.RootElement.GetProperty("name").GetString(), record.Body.GetType().Name);
            Assert.Equal(hex, Convert.ToHexString(ClusterScenario.Bytes(record)), ignoreCase: true);
            count++;
        }
        Assert.True(count > 100, $"Only {count} vectors were found.");
    }

    [Theory]
    [InlineData("020200")]
    [InlineData("010600")]
    [InlineData("010201")]
    [InlineData("01028080808010")]
    public void A_record_of_an_unknown_frame_type_or_version_is_malformed(string hex) =>
        Assert.Throws<MalformedMessageException>(() => MetadataRecord.Read(Convert.FromHexString(hex)));

    [Fact]
    public void Bytes_behind_what_is_known_of_a_record_are_malformed() =>
        Assert.Throws<MalformedMessageException>(() => MetadataRecord.Read(Convert.FromHexString("01140000ff")));

    [Fact]
    public void A_tagged_field_that_is_not_known_is_kept_and_said() =>
        Assert.True(MetadataRecord.Read(Convert.FromHexString("01140001070101")).HasUnknownFields);
}
