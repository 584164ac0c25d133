using Confluent.Kafka;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;
using Spectre.Console;
using ErrorCode = Moldau.Protocol.ErrorCode;

namespace Moldau.Cli.Commands.Transactions;

/// <summary>Aborts a transaction in a partition that no coordinator knows of, by the marker that its coordinator would have written.</summary>
internal sealed class HangingAbort(Surroundings around, Cluster cluster, Connection connection)
{
    /// <summary>In it the marker keeps the producer's epoch, as Kafka's own tool has it: the id may have gone on, and would be shut out of the partition.</summary>
    private const short MarkersVersion = 1;

    public async Task RunAsync(TopicPartition partition, long startOffset, OutputFormat format)
    {
        var selection = new TopicSelection(partition.Topic, [partition.Partition.Value]);
        var listing = await new OpenTransactions(cluster, connection, around.Stop).FindAsync(selection.In(cluster));
        if (listing.Unread.Count > 0)
        {
            throw new CommandFailure($"What is open in {Name(partition)} is not known: {listing.Unread[0].Reason}.", "Nothing was done.");
        }

        var open = listing.Transactions.FirstOrDefault(t => t.StartOffset == startOffset) ?? throw Missing(partition, startOffset, listing.Transactions);
        if (!open.IsHanging)
        {
            throw Refusal(open);
        }

        var change = new Change($"abort the transaction in {Name(partition)} that begins at offset {startOffset}", Look(partition));
        var error = await cluster.ChangeAsync(change, () => WriteAsync(change, open));
        if (error != ErrorCode.None)
        {
            throw Refused(open, error);
        }

        Tell(open, format);
    }

    private static string Name(TopicPartition partition) => $"{partition.Topic}:{partition.Partition.Value}";

    private static string Look(TopicPartition partition) => HangingCommand.Find(partition.Topic, [partition.Partition.Value]);

    private static CommandFailure Missing(TopicPartition partition, long startOffset, IReadOnlyList<OpenTransaction> others) => new(
        $"No transaction is open in {Name(partition)} that begins at offset {startOffset}.",
        others.Count == 0
            ? "None is open there at all: perhaps it has ended meanwhile."
            : $"{(others.Count == 1 ? "One is open there, which begins" : "Open there are those that begin")} at {string.Join(", ", others.Select(t => t.StartOffset).Order())}.");

    /// <summary>A part of it would be aborted, and its producer would be told that all of it was committed.</summary>
    private static CommandFailure Refusal(OpenTransaction open) => new(
        $"The transaction in {Name(open.Partition)} that begins at offset {open.StartOffset} does not hang: it is that of the transactional id {open.Owner!.Id} ({open.Owner.State}), "
        + "whose coordinator ends it. An abort in one partition only would tear it.",
        open.Owner.IsUndecided
            ? $"`{TransactionIds.Abort(open.Owner.Id)}` aborts all of it."
            : "Its end is decided, and is being written. Look again in a moment.");

    private static CommandFailure Refused(OpenTransaction open, ErrorCode error) => error switch
    {
        ErrorCode.ClusterAuthorizationFailed => new CommandFailure("This user may not abort transactions.", "Ask whoever runs the broker for the right to alter the cluster."),
        ErrorCode.InvalidProducerEpoch or ErrorCode.TransactionCoordinatorFenced => new CommandFailure(
            $"The producer {open.ProducerId} has gone on in {Name(open.Partition)} meanwhile, so nothing was aborted ({error}).", $"`{Look(open.Partition)}` shows what is open there now."),
        _ => new CommandFailure($"The broker did not abort the transaction in {Name(open.Partition)} ({error}).", "Its own log may say why."),
    };

    private async Task<ErrorCode> WriteAsync(Change change, OpenTransaction open)
    {
        var leader = cluster.LeaderOf(open.Partition)!;
        var marker = new WriteTxnMarkersRequest.WritableTxnMarker
        {
            ProducerId = open.ProducerId,
            ProducerEpoch = (short)open.ProducerEpoch,
            TransactionResult = false,
            CoordinatorEpoch = Math.Max(open.CoordinatorEpoch, 0), // No coordinator is older.
            Topics = [new() { Name = open.Partition.Topic, PartitionIndexes = [open.Partition.Partition.Value] }],
        };
        try
        {
            using var call = await BrokerCall.ConnectAsync(connection, leader, around.Stop);
            var answer = await call.AskAsync<WriteTxnMarkersRequest, WriteTxnMarkersResponse>(new() { Markers = [marker] }, MarkersVersion);
            return answer.Markers[0].Topics[0].Partitions[0].ErrorCode;
        }
        catch (IOException e)
        {
            throw change.Unanswered($"The broker {BrokerAddresses.Of(leader)}", e.Message);
        }
    }

    private void Tell(OpenTransaction open, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            around.Screen.Data(JsonLine.Of(json =>
            {
                json.WriteString("topic", open.Partition.Topic);
                json.WriteNumber("partition", open.Partition.Partition.Value);
                json.WriteNumber("startOffset", open.StartOffset);
                json.WriteNumber("producerId", open.ProducerId);
                json.WriteNumber("producerEpoch", open.ProducerEpoch);
                json.WriteBoolean("aborted", true);
            }));
        }

        around.Screen.Note($"Aborted the transaction of producer {open.ProducerId} in [bold]{Name(open.Partition).EscapeMarkup()}[/] that began at offset {open.StartOffset}.");
        string consequence = open.Partition.Topic == TopicNames.ConsumerOffsets
            ? "The offsets that it was to commit do not count, and their groups no longer wait for it."
            : "Consumers at read_committed pass its records over, and no longer wait for it.";
        around.Screen.Note($"{consequence} Its producer is neither told nor fenced: if it still runs, restart it, as it may leave another one open.");
    }
}
