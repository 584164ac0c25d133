using System.Text.Json;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands.Groups;

/// <summary>A reason for programs: all that its text names.</summary>
internal static class GroupReasonJson
{
    public static string Of(string group, GroupReason reason) => JsonLine.Of(json =>
    {
        json.WriteString("group", group);
        json.WriteString("reason", reason.Code);
        if (reason.Topic is not null)
        {
            json.WriteString("topic", reason.Topic);
            Write(json, "partitions", reason.Partitions, json.WriteNumberValue);
        }

        if (reason.Records is { } records)
        {
            json.WriteNumber("records", records);
        }

        WriteMembers(json, reason);
        if (reason.LastCommit is { } last)
        {
            json.WriteString("lastCommit", last.UtcDateTime);
        }

        if (reason.Transaction is { } open)
        {
            WriteTransaction(json, open);
        }

        json.WriteString("text", reason.Text);
    });

    private static void WriteMembers(Utf8JsonWriter json, GroupReason reason)
    {
        if (reason.Member is { } member)
        {
            json.WriteString("member", member.Id);
        }

        if (reason.Members is { } members)
        {
            Write(json, "members", members, each => json.WriteStringValue(each.Id));
        }

        if (reason.Code != GroupReason.WaitsForMember)
        {
            return;
        }

        if (reason.Member is StreamsMember streams)
        {
            json.WriteTasks("toGiveUp", streams.TasksToGiveUp.All);
        }
        else
        {
            json.WritePartitions("toGiveUp", reason.Member!.ToGiveUp);
        }

        json.WriteTimeOrNull("asked", reason.Asked);
    }

    private static void WriteTransaction(Utf8JsonWriter json, OpenTransaction open)
    {
        json.WriteString("transactionalId", open.Owner?.Id);
        json.WriteNumber("producerId", open.ProducerId);
        json.WriteBoolean("hanging", open.IsHanging);
        json.WriteNumber("startOffset", open.StartOffset);
        json.WriteTimeOrNull("began", open.IsHanging ? null : open.Owner?.Began);
        json.WriteTimeOrNull("lastRecord", open.LastRecord);
    }

    private static void Write<T>(Utf8JsonWriter json, string name, IEnumerable<T> values, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            write(value);
        }

        json.WriteEndArray();
    }
}
