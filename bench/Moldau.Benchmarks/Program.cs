using System.CommandLine;
using Moldau.Benchmarks;

var broker = new Option<string?>("--broker") { Description = "The moldau executable to measure; the one built beside this program unless given." };
var megabytes = new Option<int>("--megabytes") { Description = "Payload of one round.", DefaultValueFactory = _ => 128 };
var rounds = new Option<int>("--rounds") { Description = "Rounds; the median is shown.", DefaultValueFactory = _ => 3 };
var path = new Argument<string>("file");

var throughput = new Command("throughput", "Produce and fetch with Confluent.Kafka: speed, and the broker's CPU time beside the floor.") { broker, megabytes, rounds };
throughput.SetAction(parsed => new Throughput(parsed.GetValue(broker), parsed.GetValue(megabytes) * 1_000_000L, parsed.GetValue(rounds)).Run(Console.Out));

var startup = new Command("startup", "Time to the first accepted record, idle memory, size.") { broker, rounds };
startup.SetAction(parsed => new Startup(parsed.GetValue(broker), parsed.GetValue(rounds)).Run(Console.Out));

var directory = new Option<string?>("--directory") { Description = "Where to write; the disk that is measured." };
var manyRounds = new Option<int>("--rounds") { Description = "Rounds; the medians are shown.", DefaultValueFactory = _ => 7 };
var groupCommit = new Command("group-commit", "Durable appends per second, beside the bare disk's flushes.") { directory, manyRounds };
groupCommit.SetAction(parsed => new GroupCommit(parsed.GetValue(directory), parsed.GetValue(manyRounds), seconds: 1).Run(Console.Out));

var logBytes = new Option<int>("--megabytes") { Description = "Size of each log before compression.", DefaultValueFactory = _ => 256 };
var compaction = new Command("compaction", "Compaction of a log: speed and CPU time, beside a plain copy of the same bytes.") { directory, logBytes };
compaction.SetAction(parsed => new Compaction(parsed.GetValue(directory), parsed.GetValue(logBytes) * 1_000_000L).Run(Console.Out));

var append = new Command("log", "Append and read of the log engine, beside a bare write with a checksum and a bare read.") { directory, logBytes, rounds };
append.SetAction(parsed => new AppendAndRead(parsed.GetValue(directory), parsed.GetValue(logBytes) * 1_000_000L, parsed.GetValue(rounds)).Run(Console.Out));

var recovery = new Command("recovery", "Opening a log directory whose process was killed.") { directory };
recovery.SetAction(parsed => new Recovery(parsed.GetValue(directory)).Run(Console.Out));

var fillMegabytes = new Argument<int>("megabytes");
var fillMode = new Argument<Moldau.Log.CommitMode>("mode");
var recoveryFill = new Command("recovery-fill", "Fills a log directory and is killed.") { path, fillMegabytes, fillMode };
recoveryFill.Hidden = true;
recoveryFill.SetAction(parsed => Recovery.Fill(parsed.GetValue(path)!, parsed.GetValue(fillMegabytes), parsed.GetValue(fillMode)));

var partitionCount = new Option<int>("--partitions") { Description = "How many.", DefaultValueFactory = _ => 10_000 };
var partitions = new Command("partitions", "Start and memory of a broker with very many partitions.") { broker, partitionCount };
partitions.SetAction(parsed => new ManyPartitions(parsed.GetValue(broker), parsed.GetValue(partitionCount)).Run(Console.Out));

var seconds = new Option<double>("--seconds") { Description = "How long each is measured.", DefaultValueFactory = _ => 2 };
var memberCount = new Option<int>("--members") { Description = "How many.", DefaultValueFactory = _ => 10_000 };
var groups = new Command("groups", "Heartbeats and commits per second, and the memory of very many members and groups.") { broker, memberCount, manyRounds, seconds };
groups.SetAction(parsed => new Groups(parsed.GetValue(broker), parsed.GetValue(memberCount), parsed.GetValue(manyRounds), parsed.GetValue(seconds)).Run(Console.Out));

var rebalances = new Command("rebalances", "From the last of many members that join to an assignment that all have.") { broker, manyRounds };
rebalances.SetAction(parsed => new Rebalances(parsed.GetValue(broker), parsed.GetValue(manyRounds)).Run(Console.Out));

var transactions = new Command("transactions", "Durable transactions per second, beside the bare disk.") { broker, manyRounds, seconds };
transactions.SetAction(parsed => new Transactions(parsed.GetValue(broker), parsed.GetValue(manyRounds), parsed.GetValue(seconds)).Run(Console.Out));

var floorServer = new Command("floor-server", "The bare loop that the others are compared with.") { path };
floorServer.Hidden = true;
floorServer.SetAction(parsed => Floor.Serve(parsed.GetValue(path)!));

return new RootCommand("Measures Moldau. Build with -c Release.")
{
    throughput, startup, partitions, append, groupCommit, recovery, recoveryFill, compaction, groups, rebalances, transactions, floorServer,
}.Parse(args).Invoke();
