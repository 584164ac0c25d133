using System.Globalization;
using System.Text.Json;
using Moldau.Protocol.Records;

namespace Moldau.Protocol.Tests.Records;

public sealed class BatchValidatorTests
{
    private const long Now = ProducedBatch.Now;

    [Fact]
    public void Damaged_and_odd_batches_are_answered_as_Kafka_answers_them()
    {
        foreach (var recorded in RecordedBatch.All("records/corrupt.jsonl"))
        {
            var fault = BatchValidator.CheckRequest(recorded.Bytes, produceVersion: 12, out var batch);
            Assert.Equal((recorded.Case, recorded.Text("produceRequestCheck") == "ok"), (recorded.Case, fault == BatchFault.None));
            var verdict = fault == BatchFault.None ? BatchValidator.Validate(batch, RulesOf(recorded), Now) : BatchVerdict.Of(fault);
            Assert.Equal((recorded.Case, recorded.Text("errorCode")), (recorded.Case, verdict.Error.KafkaName()));
            var indexes = recorded.Line.TryGetProperty("recordErrorIndexes", out var list) ? list.EnumerateArray().Select(each => each.GetInt32()) : [];
            Assert.Equal(indexes, (verdict.RecordErrors ?? []).Select(error => error.Index));
        }
    }

    [Fact]
    public void The_recorded_good_batches_pass_unless_they_are_not_a_client_s()
    {
        foreach (var recorded in RecordedBatch.All("records/batches.jsonl").Where(line => !line.IsLegacy && line.Expected.Length == 1))
        {
            BatchHeader.StampPlace(recorded.Bytes, 0, 0);
            BatchHeader.TryRead(recorded.Bytes, out var header);
            var verdict = BatchValidator.Validate(recorded.Bytes, BatchRules.Default with { TimestampAfterMaxMs = long.MaxValue }, Now);
            bool fromClient = !header.IsControl && header.RecordCount == header.LastOffsetDelta + 1;
            Assert.Equal((recorded.Case, fromClient), (recorded.Case, verdict.IsGood));
        }
    }

    private static BatchRules RulesOf(RecordedBatch recorded)
    {
        var rules = BatchRules.Default;
        if (!recorded.Line.TryGetProperty("topicConfig", out var config)) return rules;
        foreach (var setting in config.EnumerateObject())
        {
            long number = long.TryParse(setting.Value.GetString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out long parsed) ? parsed : 0;
            rules = setting.Name switch
            {
                "cleanup.policy" => rules with { KeysRequired = setting.Value.GetString()!.Contains("compact", StringComparison.Ordinal) },
                "message.timestamp.before.max.ms" => rules with { TimestampBeforeMaxMs = number },
                "max.message.bytes" => rules with { BatchBytesMax = (int)number },
                _ => throw new JsonException($"The setting {setting.Name} is not known here."),
            };
        }
        return rules;
    }
}
