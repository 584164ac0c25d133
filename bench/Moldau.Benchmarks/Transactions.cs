using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Benchmarks;

/// <summary>
/// Transactions per second, each durable before its producer begins the next, beside the flushes that the bare disk makes just before. The loads
/// of a round come one after the other, so that a slow minute hits all of them; the medians of the rounds are shown.
/// </summary>
internal sealed class Transactions(string? executable, int rounds, double seconds)
{
    private static readonly (int Producers, int Records)[] Loads = [(1, 1), (1, 100), (16, 1), (16, 100), (64, 1), (64, 100)];

    public void Run(TextWriter output) => RunAsync(output).GetAwaiter().GetResult();

    private async Task RunAsync(TextWriter output)
    {
        using var data = new BenchData();
        using var broker = BrokerProcess.Start(executable);
        await BenchTopic.CreateAsync(broker, Loads.Max(load => load.Producers));
        var measured = Loads.ToDictionary(load => load, _ => new List<(Load Load, double FlushesPerSecond)>());
        for (int round = 0; round < rounds; round++)
        {
            foreach (var load in Loads)
            {
                double flushes = DiskFlushes.PerSecond(data.Path, seconds / 2);
                measured[load].Add((await MeasureAsync(broker, load.Producers, load.Records), flushes));
            }
        }
        double bare = Figures.Median(measured.Values.SelectMany(results => results).Select(result => result.FlushesPerSecond));
        output.WriteLine($"Medians of {rounds} rounds. The bare disk made {bare.Text("0")} flushes of 4 KiB a second.");
        output.WriteLine();
        output.WriteLine("| producers | records of each | transactions/s | a bare flush | records/s | broker CPU us each |");
        output.WriteLine("|---:|---:|---:|---:|---:|---:|");
        foreach (var load in Loads) output.WriteLine(Row(load.Producers, load.Records, measured[load]));
    }

    private static string Row(int producers, int records, List<(Load Load, double FlushesPerSecond)> results)
    {
        double perSecond = Figures.Median(results.Select(result => result.Load.PerSecond));
        double perFlush = Figures.Median(results.Select(result => result.Load.PerSecond / result.FlushesPerSecond));
        double cpu = Figures.Median(results.Select(result => result.Load.CpuPerRequest));
        return $"| {producers} | {records} | {perSecond.Text("0")} | {perFlush.Text()} | {(perSecond * records).Text("0")} | {(cpu * 1e6).Text("0")} |";
    }

    private async Task<Load> MeasureAsync(BrokerProcess broker, int producers, int records)
    {
        var all = Enumerable.Range(0, producers).Select(producer => new Producer($"bench-{producers}-{records}-{producer}", producer, records)).ToArray();
        await Load.ForEachAsync(broker, producers, all, (connection, producer) => producer.BeginAsync(connection));
        return await Load.MeasureAsync(broker, producers, seconds, (connection, producer) => all[producer].TransactAsync(connection));
    }

    /// <summary>A producer of transaction version 2 (KIP-890): each transaction is one Produce and one EndTxn.</summary>
    private sealed class Producer(string transactionalId, int partition, int records)
    {
        private long _id;
        private short _epoch;

        public async Task BeginAsync(WireConnection connection)
        {
            InitProducerIdResponse response;
            do
            {
                response = await connection.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(
                    new() { TransactionalId = transactionalId, TransactionTimeoutMs = 60_000, ProducerEpoch = -1 }, version: 5);
            }
            while (response.ErrorCode is ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator or ErrorCode.CoordinatorLoadInProgress or ErrorCode.ConcurrentTransactions);
            BenchTopic.Expect(response.ErrorCode, "A producer");
            (_id, _epoch) = (response.ProducerId, response.ProducerEpoch);
        }

        public async Task TransactAsync(WireConnection connection)
        {
            var produce = new ProduceRequest
            {
                TransactionalId = transactionalId,
                Acks = -1,
                TimeoutMs = 30_000,
                TopicData = [new() { Name = BenchTopic.Name, PartitionData = [new() { Index = partition, Records = Batch() }] }],
            };
            ErrorCode error;
            do
            {
                var produced = await connection.AskAsync<ProduceRequest, ProduceResponse>(produce, version: 12);
                error = produced.Responses[0].PartitionResponses[0].ErrorCode;
            }
            while (error == ErrorCode.ConcurrentTransactions); // The one before is on its way to its end.
            BenchTopic.Expect(error, "A record");
            var ended = await connection.AskAsync<EndTxnRequest, EndTxnResponse>(
                new() { TransactionalId = transactionalId, ProducerId = _id, ProducerEpoch = _epoch, Committed = true }, version: 5);
            BenchTopic.Expect(ended.ErrorCode, "A commit");
            (_id, _epoch) = (ended.ProducerId, ended.ProducerEpoch);
        }

        private byte[] Batch()
        {
            using var batch = new BatchBuilder(new BatchOptions { ProducerId = _id, ProducerEpoch = _epoch, BaseSequence = 0, Kind = BatchAttributes.Transactional });
            long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            for (int i = 0; i < records; i++) batch.Append(now, key: null, value: new byte[100]);
            return batch.BuildArray();
        }
    }
}
