using System.Globalization;
using System.Text;
using Moldau.Protocol;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Docs;

public sealed class CompatibilityPageTests
{
    private const string Introduction = """
        # Compatibility

        *This page is derived from the code: `MOLDAU_UPDATE_DOCS=1 dotnet run --project tests/Moldau.Broker.Tests` writes it anew.*

        Moldau speaks the protocol of Apache Kafka 4.4. What it serves it serves in every version that Kafka 4.4 does, and ApiVersions tells
        clients no more than that, so they do not ask for the rest. Clients older than Kafka 2.1 are refused, as by Kafka 4.
        """;

    private const string Differences = """

        ## Where groups differ from Kafka's on purpose

        - A member that was removed from a full consumer group hears that it is unknown, as from any other group; in Kafka it gets GROUP_MAX_SIZE_REACHED.
        - A consumer group whose last member of the new protocol is a static one that comes back with the classic protocol becomes a classic group in which all join again. In
          Kafka they go on with what they had, but none of them knows that it leads the group now and has to look after new partitions.
        - A classic group that becomes a consumer group between two generations keeps the assignment that was stored last. In Kafka its members have nothing then.
        - The heartbeat of a classic member in a consumer group may bring a new assignment; in Kafka that takes the heartbeat of a member of the new protocol.
        - Committed offsets of a group without members are kept from when its last member left or from their commit, whichever was later, in every protocol and over restarts. Kafka
          counts from the commit in the newer protocols, and from the end of the group alone in the classic one.
        - Patterns of topics are bounded: 100 different ones in a group, 1,000 characters, and a number of steps beyond which a pattern matches nothing; classes of scripts
          (`\p{Greek}`) are not known. New topics are looked up after a second at the latest, in Kafka after ten.
        - The topology of a streams group is bounded: 1,000 subtopologies with ids of at most 100 characters, 10,000 topics, 50,000 tasks; and so is what its members tell of offsets, together.
        - A member of a streams group that says it owns other tasks than it has is told them again, and each one once after a restart; Kafka tells tasks only when they change.
        - A static member of a consumer or streams group that is away has its whole session to come back after a restart too, whatever it had to give up before.
        - A process that takes the place of a static member has what was that one's from the epoch with which it comes. Kafka takes it to have had it from the beginning, so that a
          commit of its own counts that it sent under the same id before another had the place.
        - A JoinGroup or SyncGroup that waits is answered when another one of the same member takes its place; Kafka leaves the first
          without an answer. Static members that are absent in a rebalance are waited for a second at least.
        - DescribeGroups and OffsetFetch tell once what is named twice, and DescribeGroups the client id and the host of a static member's present process, not of its first.
        - A dead letter of a share group that copies its records has their headers too, which Kafka leaves out. Offsets without a record, such as those that compaction took, have none, where
          Kafka writes one for each. Of a batch that unfolds to more than the queue takes Kafka copies no record; here those are copied that fit by themselves.
        - Where the share coordinator's answer to the beginning of a topic did not come, the topic is begun anew by the group's share.auto.offset.reset; Kafka begins it at its first record then.
        - A ShareFetch that names a topic id which does not exist, or whose session has one of a deleted topic, hears UNKNOWN_TOPIC_ID for its partitions; Kafka 4.4.0 refuses the whole
          request with UNKNOWN_SERVER_ERROR, or says UNKNOWN_TOPIC_OR_PARTITION.
        - A share group that begins by time (`by_duration`) in a partition without so late a record begins at its end, and gets whatever is written from then on. In Kafka its fetches fail with
          OFFSET_NOT_AVAILABLE until there is such a record, and what was written before it with earlier timestamps is passed over. Where a group begins that does not begin at the earliest record is stored
          when its first member fetches, in Kafka with its first acknowledgement: DescribeShareGroupOffsets tells it from then on, and a restart does not move it.
        - Where the beginning of a log moves past what a share group has still to do, the group's start is stored with its next fetch, or with what is stored next if that fails; in Kafka when a lock ends, or with an acknowledgement.
        - A share fetch that would wait less than a second waits up to a second where its partitions are still to be taken up, so that it need not come again for them.
        - Requests about share state are refused with UNKNOWN_LEADER_EPOCH under an epoch that the partition's leader does not have yet. Kafka believes it, and refuses the true leader from then on.
        - Records that a share fetch acquired after its session had ended do not count as delivered, since nobody had them. Kafka counts them, and may give up a record that no member ever saw.
        - DescribeShareGroupOffsets tells an error of the share coordinator at its partition, where Kafka says that there is no start offset, and describes a group once that is named twice.

        ## Where transactions differ from Kafka's on purpose

        - A request about a transactional id of which a record is just being stored is judged by that record; Kafka answers CONCURRENT_TRANSACTIONS.
        - TxnOffsetCommit from version 5 on waits for the markers of the transaction before, as Produce does. In Kafka it gets CONCURRENT_TRANSACTIONS at once.
        - EndTxn from version 5 on is a repetition, one epoch behind, only of an end that raised the epoch. After one by an older version, or a fence in a cluster of an older
          `transaction.version`, it gets PRODUCER_FENCED; in Kafka it succeeds, though its producer was fenced.
        - Epoch 32767, which no producer is given, gets PRODUCER_FENCED in AddPartitionsToTxn and in EndTxn from version 5 on.
        - When the last epoch of a producer id is in use, InitProducerId under an earlier one is answered as at any other: with what its producer was told before, or
          PRODUCER_FENCED. Kafka fails with UNKNOWN_SERVER_ERROR.
        - A marker that a partition refuses by its epochs is written again, above the coordinator epoch of whatever an admin has written there. Kafka gives it up, and the id waits
          until the coordinator is loaded anew.
        - WriteTxnMarkers writes none into the topics of coordinators that keep no offsets, which Kafka could not load any more (TOPIC_AUTHORIZATION_FAILED).
        - AddPartitionsToTxn from version 4 on that names no transaction is answered; Kafka never does.

        ## Where logins differ from Kafka's on purpose

        - PLAIN takes the passwords of SCRAM users too; Kafka's knows only the users of its JAAS line.
        - The last message of a SCRAM login may say the client's half of the nonce twice, as librdkafka before 2.6.1 does. Kafka 4 refuses it.
        - Users whose names are not ASCII can log in with SCRAM; Kafka stores them, and refuses their logins.

        """;

    private sealed record KafkaApi(string Name, int Key, short Min, short Max);

    [Fact]
    public void The_page_of_the_APIs_is_what_the_table_of_APIs_says()
    {
        var kafka = KafkaApis();
        var served = Apis.Served.ToDictionary(api => (int)api.Key);
        var page = new StringBuilder(Introduction).Append("\n\n## Served\n\n");
        page.Append("| key | API | versions | versions of Kafka 4.4 |\n|---|---|---|---|\n");
        foreach (var api in kafka.Where(api => served.ContainsKey(api.Key)))
        {
            string versions = Range(served[api.Key].Min, served[api.Key].Max);
            page.Append(CultureInfo.InvariantCulture, $"| {api.Key} | {api.Name} | {versions} | {Range(api.Min, api.Max)} |\n");
        }

        foreach (var api in Apis.Served.Where(api => api.AnnouncedMin is not null))
        {
            page.Append(CultureInfo.InvariantCulture, $"\nApiVersions announces {api.Key} from version {api.AnnouncedMin}, as Kafka does: ");
            page.Append("some clients turn compression off otherwise. ");
            page.Append(CultureInfo.InvariantCulture, $"Versions below {api.Min} are refused all the same.\n");
        }

        foreach (var api in Apis.Served.Where(api => !api.IsAnnounced))
            page.Append(CultureInfo.InvariantCulture, $"\n{api.Key} is answered but not announced, as in Kafka without a receiver of clients' metrics.\n");

        page.Append("\nListOffsets by time looks on in later segments where the first whose times fit has no such record any more, after DeleteRecords or compaction; Kafka answers there that there is none.\n");
        page.Append("\nA Produce with acks=all whose client gives it less than a second waits for the disk for up to a second all the same. ");
        page.Append("In Kafka a single replica has them as soon as they are appended, so that no time at all is enough there; REQUEST_TIMED_OUT would make a client send again what is stored a moment later.\n");
        page.Append("\nGroups of the streams protocol get active and standby tasks. Of warm-up tasks, which the protocol knows too, Moldau's assignor makes none, as Kafka 4.4's own. ");
        page.Append("For the rest it is the sticky assignor that Kafka has after 4.4: members have equally many tasks with state too, and the copies of a task are put apart by the members' tags.\n");

        page.Append(Differences);
        page.Append("\n## Not served yet\n\n| key | API | versions of Kafka 4.4 |\n|---|---|---|\n");
        foreach (var api in kafka.Where(api => !served.ContainsKey(api.Key)))
            page.Append(CultureInfo.InvariantCulture, $"| {api.Key} | {api.Name} | {Range(api.Min, api.Max)} |\n");
        GeneratedPage.Check("docs/compatibility.md", page.ToString());
    }

    [Fact]
    public void Every_API_is_served_in_Kafkas_whole_range_of_versions()
    {
        var kafka = KafkaApis().ToDictionary(api => api.Key);
        foreach (var api in Apis.Served)
        {
            var expected = kafka[(int)api.Key];
            Assert.Equal((expected.Name, expected.Min, expected.Max), (expected.Name, api.Min, api.Max));
        }
    }

    /// <summary>The APIs of Kafka's broker listener, by key.</summary>
    private static List<KafkaApi> KafkaApis()
    {
        string[] header = Fixture.Lines("tables/api-keys-4.4.tsv").First().Split('\t');
        int Column(string name) => Array.IndexOf(header, name);
        return [.. Fixture.Table("tables/api-keys-4.4.tsv")
            .Where(cells => cells[Column("listeners")].Split(',').Contains("broker"))
            .Select(cells => new KafkaApi(
                cells[Column("name")],
                Number(cells[Column("apiKey")]),
                (short)Number(cells[Column("minVersion")]),
                (short)Number(cells[Column("maxStableVersion")])))
            .OrderBy(api => api.Key)];
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Range(short min, short max) => min == max ? $"{min}" : $"{min}-{max}";
}
